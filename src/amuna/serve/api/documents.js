"use strict";

/** The key of the session's forms, which a signed-in browser sends with what changes something. */
function formKey() {
  const found = document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/);
  return found ? decodeURIComponent(found[1]) : "";
}

SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  requestInterceptor: (request) => {
    const key = formKey();
    if (key) request.headers["X-CSRFToken"] = key;
    return request;
  },
});
