// The whole of our script: draw the figures found in the page, follow a click on a bar, show that work is going on.
// Every page is usable without it.
"use strict";

function drawFigure(plot) {
  const block = document.getElementById(plot.dataset.figure);
  const figure = JSON.parse(block.textContent);
  const settings = { displayModeBar: false, responsive: true, locale: document.documentElement.lang };
  Plotly.newPlot(plot, figure.data, figure.layout, settings).then(() => {
    plot.dataset.drawn = "true";
    plot.on("plotly_click", (event) => {
      const link = event.points[0].customdata;
      if (typeof link === "string" && /^\/(?!\/)/.test(link)) window.location.assign(link);
    });
  });
}

function showWork(event) {
  const form = event.target;
  const note = form.querySelector("[data-working]");
  if (note) note.hidden = false;
  for (const button of form.querySelectorAll("button")) {
    button.setAttribute("aria-busy", "true");
    // Disabled a moment later, so that the button's own value is still sent.
    window.setTimeout(() => { button.disabled = true; }, 0);
  }
}

function restoreButtons() {
  for (const button of document.querySelectorAll("button[aria-busy]")) {
    button.removeAttribute("aria-busy");
    button.disabled = false;
  }
  for (const note of document.querySelectorAll("[data-working]")) note.hidden = true;
}

document.addEventListener("DOMContentLoaded", () => {
  for (const plot of document.querySelectorAll("[data-figure]")) drawFigure(plot);
  for (const form of document.querySelectorAll("form[method=post]")) form.addEventListener("submit", showWork);
  for (const chooser of document.querySelectorAll("select[data-submit]")) {
    chooser.addEventListener("change", () => chooser.form.requestSubmit());
  }
  const wrong = document.querySelector("[aria-invalid=true], .notice.bad");
  if (wrong) wrong.focus();
});
window.addEventListener("pageshow", restoreButtons);
