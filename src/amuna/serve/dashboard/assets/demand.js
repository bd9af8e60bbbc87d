// What is chosen on the demand page becomes its address.
(function () {
  function changed(search, values) {
    var query = new URLSearchParams(search || "");
    Object.keys(values).forEach(function (key) {
      if (values[key]) query.set(key, values[key]);
      else query.delete(key);
    });
    var text = query.toString().replace(/%3A/g, ":");
    var found = text ? "?" + text : "";
    return found === (search || "") ? window.dash_clientside.no_update : found;
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.amunaDemand = {
    of: function (part) {
      if (!part) return window.dash_clientside.no_update;
      return changed(location.search, { of: part === "all" ? "" : part });
    },
    account: function (entered, value, search) {
      var field = document.getElementById("demand-account"); // who types fast is ahead of what Dash knows
      var name = ((field && field.value) || value || "").trim();
      if (!entered || !name) return window.dash_clientside.no_update;
      return changed(search, { of: "account:" + name });
    },
    periods: function (clicks, a1, a2, b1, b2, search) {
      if (!clicks || !(a1 && a2 && b1 && b2)) return window.dash_clientside.no_update;
      return changed(search, { pair: "own", a: a1 + ".." + a2, b: b1 + ".." + b2 });
    },
  };
})();
