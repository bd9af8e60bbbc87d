// What is chosen on the models page becomes its address; questions open and close.
(function () {
  function changed(search, values) {
    var query = new URLSearchParams(search || "");
    Object.keys(values).forEach(function (key) {
      if (values[key]) query.set(key, values[key]);
      else query.delete(key);
    });
    var text = query.toString();
    var found = text ? "?" + text : "";
    return found === (search || "") ? window.dash_clientside.no_update : found;
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.amunaModels = {
    asks: function () {
      var triggered = window.dash_clientside.callback_context.triggered[0];
      if (!triggered || !triggered.value) return window.dash_clientside.no_update;
      return !/-(yes|no)\./.test(triggered.prop_id);
    },
    account: function (entered, value, search) {
      if (!entered) return window.dash_clientside.no_update;
      return changed(search, { account: (value || "").trim() });
    },
    compared: function (a, b, shown, search) {
      var same = shown && shown[0] === a && shown[1] === b;
      if (same || !a || !b || a === b) return window.dash_clientside.no_update;
      return changed(search, { a: a, b: b });
    },
  };
})();
