// Grids: a row opens its page, by click or by Enter, without loading the dashboard anew.
(function () {
  function go(address) {
    window.history.pushState({}, "", address);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  function plainClick(event) {
    return !event || !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button);
  }

  var functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  var components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});

  functions.amunaOpen = function (params) {
    var event = params.event;
    if (!params.data || (event && event.defaultPrevented)) return;
    if (event && event.type === "keydown" ? event.key !== "Enter" : !plainClick(event)) return;
    if (String(window.getSelection())) return;
    var first = params.api.getColumnDefs()[0].field;
    go(params.context.link + encodeURIComponent(params.data[first]));
  };

  components.AmunaLink = function (props) {
    if (!props.data) return null;
    var address = props.link + encodeURIComponent(props.value);
    return window.React.createElement("a", {
      href: address,
      tabIndex: -1,
      onClick: function (event) {
        if (!plainClick(event)) return;
        event.preventDefault();
        go(address);
      },
    }, props.value);
  };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.amunaGrids = {
    cleared: function (clicks, name) {
      var grid = window.dash_ag_grid && window.dash_ag_grid.getApi(name);
      if (grid && clicks) grid.setFilterModel(null);
      return "";
    },
    again: function (_words, name) {
      var grid = window.dash_ag_grid && window.dash_ag_grid.getApi(name);
      if (grid) grid.purgeInfiniteCache();
      return window.dash_clientside.no_update;
    },
    labelled: function () {
      var tries = 50;
      (function label() {
        var file = document.querySelector("#upload-file input");
        if (file) file.setAttribute("aria-label", file.closest("[aria-label]").getAttribute("aria-label"));
        else if (tries--) setTimeout(label, 100);
      })();
      return window.dash_clientside.no_update;
    },
    sized: function (contents, name, limit) {
      var nothing = window.dash_clientside.no_update;
      if (!contents) return [nothing, nothing];
      var content = contents.slice(contents.indexOf(",") + 1);
      var large = content.length * 0.75 > limit * 1048576 + 2;
      return [{ name: name, content: large ? "" : content, large: large, at: Date.now() }, null];
    },
  };
})();
// The calendar of gaps: what is said of a day.
(window.dashMantineFunctions = window.dashMantineFunctions || {}).amunaGapTip = function (day, options) {
  return (options.tips || {})[day.date] || day.date;
};
