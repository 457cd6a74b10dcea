"use strict";
let csrf = "";
const me = document.getElementById("me");

function show(person) {
  csrf = person ? person.csrf : "";
  me.textContent = person ? `已登录:${person.name}(${person.login})` : "未登录:请在首页登录,或在下方 POST /api/staff/session 中登录";
}

async function look() {
  const answer = await fetch("/api/staff/session");
  show(answer.ok ? await answer.json() : null);
}

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (csrf && request.method && !["GET", "HEAD"].includes(request.method)) request.headers["X-CSRF-Token"] = csrf;
    return request;
  },
  responseInterceptor: (response) => {
    if (response.url.endsWith("/api/staff/session")) look();
    return response;
  },
});
look();
