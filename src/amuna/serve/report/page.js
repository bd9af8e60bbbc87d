"use strict";
(() => {
  const root = document.documentElement;
  const words = JSON.parse(document.getElementById("words").textContent);
  const buttons = document.querySelectorAll("[data-language]");

  const speak = (language) => {
    root.lang = language;
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.language === language));
    }
  };
  const asked = new URLSearchParams(location.search).get("lang");
  speak((asked || navigator.language || "es").startsWith("es") ? "es" : "en");
  for (const button of buttons) {
    button.addEventListener("click", () => speak(button.dataset.language));
  }

  const dayNames = {};
  for (const language of ["es", "en"]) {
    dayNames[language] = new Intl.DateTimeFormat(language === "es" ? "es-PE" : "en-GB", {
      weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC",
    });
  }

  /* One read-out per drawing, made when it is first pointed at or focused. */
  const attach = (svg) => {
    const data = JSON.parse(svg.dataset.readout);
    const box = document.createElement("div");
    box.className = "readout";
    box.setAttribute("role", "status");
    box.hidden = true;
    const holder = svg.parentElement;
    holder.classList.add("holder");
    holder.append(box);
    const view = svg.viewBox.baseVal;
    const cursor = document.createElementNS(svg.namespaceURI, "line");
    cursor.setAttribute("class", "cursor");
    cursor.setAttribute("y1", 12);
    cursor.setAttribute("y2", view.height - 22);
    let place = -1;

    const heading = (i) => data.t
      ? data.t[root.lang][i]
      : dayNames[root.lang].format(new Date(data.d[i] + "T00:00:00Z"));

    const show = (i) => {
      if (i === place) return;
      place = i;
      box.replaceChildren();
      const title = document.createElement("b");
      title.textContent = heading(i);
      box.append(title);
      for (const series of data.s) {
        if (!series.v[i]) continue;
        const row = document.createElement("span");
        row.className = series.k;
        row.textContent = `${words[root.lang][series.k]}: ${series.v[i]}${data.u ? "\u00a0" + data.u : ""}`;
        box.append(row);
      }
      cursor.setAttribute("x1", data.x[i]);
      cursor.setAttribute("x2", data.x[i]);
      if (!cursor.isConnected) svg.append(cursor);
      box.hidden = false;
      const scale = svg.clientWidth / view.width;
      const left = svg.offsetLeft === undefined ? 0 : svg.offsetLeft;
      const at = left + data.x[i] * scale;
      const flip = at > holder.clientWidth / 2;
      box.style.left = flip ? "" : `${at + 12}px`;
      box.style.right = flip ? `${holder.clientWidth - at + 12}px` : "";
      box.style.top = `${svg.getBoundingClientRect().top - holder.getBoundingClientRect().top + 8}px`;
    };

    const hide = () => {
      place = -1;
      box.hidden = true;
      cursor.remove();
    };

    const nearest = (event) => {
      const edge = svg.getBoundingClientRect();
      const x = (event.clientX - edge.left) / edge.width * view.width;
      let best = 0;
      data.x.forEach((value, i) => {
        if (Math.abs(value - x) < Math.abs(data.x[best] - x)) best = i;
      });
      return best;
    };

    svg.addEventListener("pointermove", (event) => show(nearest(event)));
    svg.addEventListener("pointerdown", (event) => show(nearest(event)));
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("blur", hide);
    svg.addEventListener("keydown", (event) => {
      const last = data.x.length - 1;
      const from = place < 0 ? last + 1 : place;
      const to = { ArrowLeft: from - 1, ArrowRight: place < 0 ? 0 : place + 1, Home: 0, End: last }[event.key];
      if (event.key === "Escape") hide();
      if (to === undefined) return;
      event.preventDefault();
      show(Math.min(Math.max(to, 0), last));
    });
  };

  for (const svg of document.querySelectorAll("svg[data-readout]")) attach(svg);
})();
