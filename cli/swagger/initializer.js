// No validator: it is another host's.
SwaggerUIBundle({ url: "/docs/openapi.yaml", dom_id: "#api", deepLinking: true, validatorUrl: null });
