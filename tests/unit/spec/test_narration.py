"""Counterexamples in words."""

from spec.narration import narrate
from spec.tlc_output import Step
from spec.values import State, parse_value

INITIAL = """[
  gate |-> [state |-> "open", epoch |-> 1, issued |-> 0, free |-> {}, pending |-> {},
            entries |-> (u1 :> [seat |-> 0, epoch |-> 0])],
  join |-> (u1 :> [step |-> "idle", seat |-> 0, epoch |-> 0]),
  wire |-> {}, log |-> (u1 :> <<>>), committed |-> (u1 :> 0), rows |-> {}, dead |-> {}, parked |-> {},
  decisions |-> {}, promised |-> {}, resend |-> (r1 :> [step |-> "none"]),
  rebuild |-> (r1 :> [step |-> "none", epoch |-> 0]) ]"""
RECORD = {"user": "u1", "seat": 1, "epoch": 1, "late": False}
DECISION = {"by": "persist", "user": "u1", "index": 1, "decision": "row", "epoch": 0}


def state(**changes: object) -> State:
    initial: State = parse_value(INITIAL)
    return initial | changes


def told(action: str, before: State, after: State) -> str:
    (sentence,) = narrate([Step("", before), Step(action, after)])
    return sentence


def gate(**changes: object) -> dict[str, object]:
    return {**state()["gate"], **changes}


def test_a_claim_tells_the_seat() -> None:
    after = state(
        gate=gate(issued=1, pending=["u1"]), join={"u1": {"step": "sent", "seat": 1, "epoch": 1}}, wire=[RECORD]
    )
    assert told("Claim", state(), after) == "u1 claims and gets seat 1 of epoch 1; join sends its record."


def test_a_record_that_lands_after_the_deadline_is_late() -> None:
    late = RECORD | {"late": True}
    sentence = told("Land", state(wire=[late]), state(log={"u1": [late]}))
    assert sentence == "u1's record of seat 1 of epoch 1 lands in the stream, late."


def test_an_answer_tells_the_status() -> None:
    after = state(join={"u1": {"step": "done"}}, promised=[{"user": "u1", "seat": 1, "status": 202}])
    assert told("Answer", state(), after) == "u1 is told 202 for seat 1."


def test_a_decision_tells_whether_the_gate_was_asked() -> None:
    landed = {"log": {"u1": [RECORD]}}
    read = told("Persist", state(**landed), state(**landed, decisions=[DECISION]))
    assert read == "Persist reads u1's record of seat 1 of epoch 1: it is to be a row."
    asked = DECISION | {"decision": "dead", "epoch": 2}
    sentence = told("DecideParked", state(**landed), state(**landed, decisions=[asked]))
    assert sentence.endswith("of epoch 1 and asks the gate: it is to be a dead letter under epoch 2.")


def test_a_commit_tells_what_became_of_the_record_and_of_the_offset() -> None:
    before = state(log={"u1": [RECORD]}, decisions=[DECISION])
    after = state(log={"u1": [RECORD]}, rows=[{"user": "u1", "seat": 1}])
    assert told("Commit", before, after).endswith("is committed: a row; the offset is not.")
    after["committed"] = {"u1": 1}
    assert told("Commit", before, after).endswith("is committed: a row.")


def test_a_loss_tells_what_redis_still_holds() -> None:
    lost = state(gate=gate(state="lost"))
    assert told("LoseMemory", state(), lost) == "Redis loses memory; it holds no entry now."
    kept = state(gate=gate(entries={"u1": {"seat": 1, "epoch": 1}}))
    sentence = told("LoseMemory", state(), kept)
    assert sentence == "Redis loses memory; it holds u1's seat 1 of epoch 1 now. The gate goes on."


def test_a_rebuild_tells_who_does_what() -> None:
    before, after = state(), state(rebuild={"r1": {"step": "parked", "epoch": 2}})
    assert told("Read", before, after) == "Reconciler r1 reads what is parked."
    reopened = state(gate=gate(epoch=2, issued=1), rebuild={"r1": {"step": "none", "epoch": 0}})
    frozen = state(gate=gate(state="frozen"), rebuild={"r1": {"step": "put", "epoch": 2}})
    sentence = told("Reopen", frozen, reopened)
    assert sentence == "Reconciler r1 reopens the gate under epoch 2: issued 1, free none."


def test_an_unknown_action_tells_what_changed() -> None:
    assert told("Add", {"count": 1, "limit": 3}, {"count": 2, "limit": 3}) == "Add: count = 2."
