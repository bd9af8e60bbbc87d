// The colours chosen on the dashboard; and a word where the browser would drop the session's cookie.
(function () {
  var chosen = null;
  try { chosen = localStorage.getItem("mantine-color-scheme-value"); } catch (refused) { chosen = null; }
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.scheme = chosen;
  document.addEventListener("DOMContentLoaded", function () {
    var notice = document.getElementById("insecure");
    if (notice && !window.isSecureContext) notice.hidden = false;
  });
})();
