// Runs in each page that benchmarks/pages.py opens: the first frame in which what is awaited stands on the screen.
(() => {
  if (!location.protocol.startsWith("http")) return;
  const NAME = "amuna-stopwatch";
  const now = () => performance.timeOrigin + performance.now();

  function shown(wanted) {
    const found = document.querySelector(wanted.selector);
    if (!found || !found.getClientRects().length) return false;
    const text = (found.innerText || "").trim();
    if (wanted.drawn) return Boolean(found.getAttribute("d"));
    return text !== "" && text !== wanted.before && new RegExp(wanted.match || "").test(text);
  }

  function look() {
    const task = JSON.parse(sessionStorage.getItem(NAME) || "null");
    if (task && task.start && !task.end && task.wanted.every(shown)) {
      requestAnimationFrame(() => sessionStorage.setItem(NAME, JSON.stringify({ ...task, end: now() })));
      return requestAnimationFrame(() => requestAnimationFrame(look));
    }
    requestAnimationFrame(look);
  }

  window.stopwatch = {
    arm(wanted) {
      const before = wanted.map((each) => ({
        ...each,
        before: (document.querySelector(each.selector)?.innerText || "").trim(),
      }));
      sessionStorage.setItem(NAME, JSON.stringify({ wanted: before }));
    },
    paint(wanted) {
      sessionStorage.setItem(NAME, JSON.stringify({ wanted, start: performance.timeOrigin }));
    },
    seconds() {
      const task = JSON.parse(sessionStorage.getItem(NAME));
      return task.end ? (task.end - task.start) / 1000 : null;
    },
  };

  function begin(event) {
    const task = JSON.parse(sessionStorage.getItem(NAME) || "null");
    if (!task || task.end || !event.isTrusted) return;
    if (task.start && event.type !== "input") return;
    sessionStorage.setItem(NAME, JSON.stringify({ ...task, start: performance.timeOrigin + event.timeStamp }));
  }

  for (const type of ["pointerdown", "keydown", "input", "wheel"]) window.addEventListener(type, begin, true);
  requestAnimationFrame(look);
})();
