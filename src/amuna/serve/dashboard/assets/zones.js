// Zones: the drawing of shapes, and links that keep where the sliders of the plan stand.
(function () {
  function make() { return window.React.createElement.apply(null, arguments); }

  function shape(each, key, entered) {
    var path = make("path", { d: each.path, className: each.tone });
    if (!each.href) return make("g", { key: key }, path);
    return make("a", {
      key: key, href: each.href, "aria-label": each.name, "aria-current": each.here ? "true" : undefined,
      onFocus: function () { entered(key); }, onBlur: function () { entered(null); },
    }, path, make("title", null, each.name));
  }

  function tip(cells, at) {
    var words = window.amunaWords, value = cells.flow[at.day][at.hour], change = cells.change[at.day][at.hour];
    var hour = ("0" + at.hour).slice(-2) + ":00";
    var rows = value === null ? [cells.words.none] : [
      words.volume(value) + "\u202f" + cells.words.unit + (cells.ahead !== null && at.day >= cells.ahead ? " (" + cells.words.ahead + ")" : ""),
    ];
    if (change !== null) rows.push((change < 0 ? "\u2212" : "+") + Math.abs(change) + "\u202f% " + cells.words.usual);
    return make("div", { className: "tip cell-tip", style: { left: at.x + "%", top: at.y + "%", transform: "translate(" + (at.x > 60 ? "-105%" : "5%") + ", " + (at.y > 60 ? "-105%" : "12px") + ")" } },
      make("div", { className: "tip-title" }, words.day(cells.days[at.day]) + ", " + hour),
      rows.map(function (row, key) { return make("div", { key: key }, row); }));
  }

  function Drawing(props) {
    var focused = window.React.useState(null), pointed = window.React.useState(null);
    var raised = props.shapes.filter(function (each, key) { return each.here || key === focused[0]; });
    var svg = make("svg", {
      viewBox: "0 0 " + props.width + " " + props.height,
      preserveAspectRatio: props.stretched ? "none" : "xMidYMid meet",
      role: props.cells ? "img" : "group", "aria-label": props.label, className: "drawing",
    },
      props.shapes.map(function (each, key) { return shape(each, key, focused[1]); }),
      raised.map(function (each, key) {
        return make("path", { key: "raised" + key, d: each.path, className: props.shapes.indexOf(each) === focused[0] ? "ring focused" : "ring" });
      }));
    if (!props.cells) return svg;
    function point(event) {
      var box = event.currentTarget.getBoundingClientRect();
      var x = (event.clientX - box.left) / box.width, y = (event.clientY - box.top) / box.height;
      var days = props.cells.days.length;
      pointed[1]({ day: Math.min(Math.max(Math.floor(x * days), 0), days - 1), hour: Math.min(Math.max(Math.floor(y * 24), 0), 23), x: 100 * x, y: 100 * y });
    }
    return make("div", { className: "cells", onMouseMove: point, onMouseLeave: function () { pointed[1](null); } },
      svg, pointed[0] && tip(props.cells, pointed[0]));
  }

  window.amuna = window.amuna || {};
  window.amuna.Drawing = Drawing;

  function places(search) { return new URLSearchParams(search || ""); }

  function said(query) {
    var text = query.toString().replace(/%3A/g, ":").replace(/%2C/g, ",");
    return text ? "?" + text : "";
  }

  // Links to zones are followed without loading anew, and with the plan as it stands now.
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("#page a[href*='see=zones']");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    var href = link.getAttribute("href"), wanted = places(href.slice(href.indexOf("?")));
    var plan = places(location.search).get("plan");
    if (plan && places(location.search).get("see") === "zones") wanted.set("plan", plan);
    else wanted.delete("plan");
    window.dash_clientside.set_props("address", { search: said(wanted) });
  }, true);

  (window.dashMantineFunctions = window.dashMantineFunctions || {}).amunaLever = function (value) {
    return (value < 0 ? "\u2212" : "") + String(Math.abs(value));
  };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.amunaZones = {
    // Where the sliders stand becomes the address, in place of the one before: the server need not know, Back leads away.
    plan: function () {
      var values = Array.prototype.slice.call(arguments), rests = values.pop(), query = places(location.search);
      var moved = Object.keys(rests).map(function (name, at) { return [name, values[at]]; })
        .filter(function (pair) { var rest = rests[pair[0]]; return pair[1] !== null && pair[1] !== undefined && rest !== null && pair[1] !== rest; });
      if (moved.length) query.set("plan", moved.map(function (pair) { return pair.join(":"); }).join(","));
      else query.delete("plan");
      history.replaceState(history.state, "", location.pathname + said(query));
    },
  };
})();
