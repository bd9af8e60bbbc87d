// Axes and tooltips of charts: days and numbers as serve/report/numbers.py writes them.
(function () {
  var MONTHS = {
    es: ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
    en: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
  };
  var WEEKDAYS = {
    es: ["dom", "lun", "mar", "mié", "jue", "vie", "sáb"],
    en: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
  };

  function language() { return document.documentElement.lang === "en" ? "en" : "es"; }

  function grouped(value, decimals) {
    var parts = Math.abs(value).toFixed(decimals).split(".");
    parts[0] = parts[0].replace(/\B(?=(\d{3})+$)/g, "\u202f");
    return (value < 0 ? "\u2212" : "") + parts.join(".");
  }

  function volume(value) {
    var size = Math.abs(value);
    return grouped(value, size === 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3);
  }

  function parsed(day) {
    var found = /^(\d{4})-(\d\d)-(\d\d)/.exec(day);
    return found && new Date(Date.UTC(+found[1], +found[2] - 1, +found[3]));
  }

  function short(day) {
    var at = parsed(day);
    return at ? at.getUTCDate() + " " + MONTHS[language()][at.getUTCMonth()] : day;
  }

  function whole(day) {
    var at = parsed(day);
    var hour = /T(\d\d:\d\d)/.exec(day);
    return at ? WEEKDAYS[language()][at.getUTCDay()] + " " + short(day) + " " + at.getUTCFullYear() + (hour ? ", " + hour[1] : "") : day;
  }

  function said(value, unit) {
    var text = Array.isArray(value) ? volume(value[0]) + " – " + volume(value[1]) : volume(value);
    return unit ? text + "\u202f" + unit : text;
  }

  window.amunaWords = { volume: volume, day: whole };

  var functions = (window.dashMantineFunctions = window.dashMantineFunctions || {});

  functions.amunaDay = short;

  functions.amunaMonth = function (day) {
    var at = parsed(day);
    return at ? MONTHS[language()][at.getUTCMonth()] + " " + at.getUTCFullYear() : day;
  };

  functions.amunaNumber = function (value) {
    var size = Math.abs(value);
    if (size >= 10 || Number.isInteger(value)) return grouped(value, 0);
    return String(Number(value.toPrecision(3)));
  };

  functions.amunaTip = function (chart, options) {
    if (!chart.active || !chart.payload || !chart.payload.length) return null;
    var make = window.React.createElement;
    var seen = {};
    var rows = chart.payload
      .filter(function (entry) {
        var point = entry.value === null || entry.value === undefined;
        var joint = Array.isArray(entry.value) && entry.value[0] === entry.value[1];
        var again = seen[entry.dataKey];
        seen[entry.dataKey] = true;
        return !point && !joint && !again;
      })
      .map(function (entry) {
        return make("div", { key: entry.dataKey, className: "tip-row" },
          make("span", null, (options.labels || {})[entry.dataKey] || entry.dataKey),
          make("strong", null, said(entry.value, (options.units || {})[entry.dataKey] || options.unit)));
      });
    return make("div", { className: "tip" }, make("div", { className: "tip-title" }, whole(String(chart.label))), rows);
  };
})();
