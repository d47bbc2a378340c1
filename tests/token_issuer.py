"""An issuer of tokens, good ones and bad ones."""

import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.utils import base64url_encode

from local.function import JwtConfiguration

CONFIGURATION = JwtConfiguration("https://issuer.example", ("eventrush", "other"))


class Issuer:
    """A key pair and what it signs: by default a valid token of user 3."""

    def __init__(self, key_id: str = "first", algorithm: str = "ES256") -> None:
        self.key_id = key_id
        self.algorithm = algorithm
        self.key: Any
        match algorithm:
            case "RS256":
                self.key = rsa.generate_private_key(65537, 2048)
                public = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
            case "EdDSA":
                self.key = ed25519.Ed25519PrivateKey.generate()
                public = OKPAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
            case _:
                self.key = ec.generate_private_key(ec.SECP256R1())
                public = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        self.jwk: dict[str, Any] = {**public, "kid": key_id}

    def sign(self, *, head: dict[str, Any] | None = None, now: float | None = None, **claims: Any) -> str:
        """Return a token; a claim that is None is left out, `head` changes header fields."""
        now = time.time() if now is None else now
        usual = {"iss": "https://issuer.example", "aud": "eventrush", "sub": "3", "iat": int(now), "exp": int(now) + 60}
        payload = {name: value for name, value in (usual | claims).items() if value is not None}
        return self.sign_json(json.dumps(payload), head)

    def sign_json(self, payload: str, head: dict[str, Any] | None = None) -> str:
        """Return a token of any payload, whatever its header says of the algorithm."""
        fields = {"alg": self.algorithm, "kid": self.key_id, "typ": "JWT"} | (head or {})
        signed = encoded(json.dumps(fields)) + "." + encoded(payload)
        algorithm = jwt.get_algorithm_by_name(self.algorithm)
        return f"{signed}.{base64url_encode(algorithm.sign(signed.encode(), self.key)).decode()}"

    def confuse(self) -> str:
        """Return a token that is signed by HS256 with the public key as the secret."""
        public = self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        head, payload, _ = self.sign(head={"alg": "HS256"}).split(".")
        hmac = jwt.get_algorithm_by_name("HS256")
        signature = hmac.sign(f"{head}.{payload}".encode(), public)
        return f"{head}.{payload}.{base64url_encode(signature).decode()}"


def encoded(text: str) -> str:
    return base64url_encode(text.encode()).decode()


def key_set(*issuers: Issuer) -> str:
    return json.dumps({"keys": [issuer.jwk for issuer in issuers]})


def bad_headers(issuer: Issuer) -> dict[str, list[str]]:
    """Return, by what is wrong, Authorization headers that are each refused."""
    now = int(time.time())
    good = issuer.sign()
    head, payload, signature = good.split(".")
    stranger = Issuer(issuer.key_id)
    unsigned = f"{encoded(json.dumps({'alg': 'none', 'kid': issuer.key_id}))}.{payload}"
    tokens = {
        "another signature": f"{head}.{payload}.{stranger.sign().split('.')[2]}",
        "another payload": f"{head}.{encoded(json.dumps({'sub': '4'}))}.{signature}",
        "another issuer": issuer.sign(iss="https://elsewhere.example"),
        "no issuer": issuer.sign(iss=None),
        "another audience": issuer.sign(aud="elsewhere"),
        "other audiences": issuer.sign(aud=["elsewhere", ["eventrush"]]),
        "no audience": issuer.sign(aud=None),
        "another audience, a client that is ours": issuer.sign(aud="elsewhere", client_id="eventrush"),
        "expired": issuer.sign(exp=now - 1),
        "no expiry": issuer.sign(exp=None),
        "an endless expiry": issuer.sign(exp=float("inf")),
        "an expiry that is no number": issuer.sign(exp="never"),
        "not yet valid": issuer.sign(nbf=now + 30),
        "issued in the future": issuer.sign(iat=now + 30),
        "alg none": f"{unsigned}.",
        "alg none, with a signature": f"{unsigned}.{signature}",
        "another alg than the key's": issuer.sign(head={"alg": "RS256"}),
        "HS256 by the public key": issuer.confuse(),
        "another's key": stranger.sign(),
        "an unknown key": Issuer("unknown").sign(),
        "no key id": issuer.sign(head={"kid": None}),
        "a key id that is a list": issuer.sign(head={"kid": [issuer.key_id]}),
        "an extension that must be understood": issuer.sign(head={"crit": ["b64"], "b64": True}),
        "no JSON": issuer.sign_json("user 3"),
        "no object": issuer.sign_json("[3]"),
        "a header of brackets": f"{encoded('[' * 6000)}.{payload}.{signature}",
        "a payload of brackets": issuer.sign_json("[" * 5000),
        "empty": "",
        "garbage": "garbage",
        "dots": "..",
        "a fourth part": f"{good}.{signature}",
        "a comma": f"{good},",
        "huge": issuer.sign(padding="x" * 20_000),
    }
    return {
        **{what: [f"Bearer {token}"] for what, token in tokens.items()},
        "none at all": [],
        "two of them": [f"Bearer {good}", f"Bearer {good}"],
        "a good one and an empty one": [f"Bearer {good}", ""],
        "an empty one and a good one": ["", f"Bearer {good}"],
        "another scheme": [f"Basic {good}"],
        "the scheme twice": [f"Bearer Bearer {good}"],
    }
