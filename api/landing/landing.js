"use strict";
const form = document.getElementById("login");
const told = document.getElementById("told");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  told.textContent = "正在登录…";
  try {
    const answer = await fetch("/api/staff/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ login: form.login.value, password: form.password.value }),
    });
    const body = await answer.json();
    if (answer.ok) {
      location.assign("/docs");
    } else {
      told.textContent = body.detail + (body.remedy ? "。" + body.remedy : "");
    }
  } catch {
    told.textContent = "连接不上服务,请检查网络后重试。";
  }
});
