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
    again: function (_words, name) {
      var grid = window.dash_ag_grid && window.dash_ag_grid.getApi(name);
      if (grid) grid.purgeInfiniteCache();
      return window.dash_clientside.no_update;
    },
  };
})();
