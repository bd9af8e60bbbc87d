// What the shell does in the browser: language, title, the menu on a phone, and the end of a session.
(function () {
  document.addEventListener("click", function (event) {
    var chosen = event.target.closest && event.target.closest("[data-language]");
    if (!chosen) return;
    event.preventDefault();
    location.assign("/language/" + chosen.dataset.language + "?next=" + encodeURIComponent(location.pathname + location.search));
  });

  document.addEventListener("click", function (event) {
    var chosen = event.target.closest && event.target.closest("#navbar a");
    if (chosen) window.dash_clientside.set_props("menu", { opened: false });
  });

  var ask = window.fetch;
  window.fetch = function (request, options) {
    return ask.call(this, request, options).then(function (answer) {
      if (answer.status === 401 && String(request.url || request).indexOf("/app/_dash") >= 0) location.reload();
      return answer;
    });
  };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.amuna = {
    titled: function (shown) {
      if (!shown) return window.dash_clientside.no_update;
      document.title = shown.title;
      if (shown.moved) {
        window.scrollTo(0, 0);
        var main = document.getElementById("main");
        if (main) main.focus({ preventScroll: true });
      }
      return window.dash_clientside.no_update;
    },
    menu: function (opened, _path, navbar) {
      var triggered = window.dash_clientside.callback_context.triggered[0];
      var moved = triggered && triggered.prop_id.indexOf("address") === 0;
      var open = opened && !moved;
      return [Object.assign({}, navbar, { collapsed: { mobile: !open } }), open];
    },
  };
})();
