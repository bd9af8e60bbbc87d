// Draws a tree of HTML, and only again when another comes.
(function () {
  function element(each, key) {
    if (!Array.isArray(each)) return each;
    var told = each[1] && typeof each[1] === "object" && !Array.isArray(each[1]);
    return window.React.createElement(each[0], Object.assign({ key: key }, told ? each[1] : null), each.slice(told ? 2 : 1).map(element));
  }

  window.amuna = window.amuna || {};
  window.amuna.Plain = function (props) {
    return window.React.useMemo(function () { return element(props.tree); }, [props.tree]);
  };
})();
