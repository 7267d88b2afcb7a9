// Vault's own script: event delegation only, so that swapped content needs no set-up. Everything works without it but
// live figures, the palette and the shortcuts.
"use strict";
(() => {
  const html = document.documentElement;
  const $ = (id) => document.getElementById(id);
  const on = (name, run, target = document) => target.addEventListener(name, run);
  const fire = (name) => document.body.dispatchEvent(new Event(name));
  const say = (text) => { const live = $("live"); if (live) live.textContent = text; };

  // ---- one clock for every panel, while the tab is visible ---------------------------------------------------------
  const skew = Number(html.dataset.now) * 1000 - Date.now();
  const now = () => (Date.now() + skew) / 1000;
  const every = (seconds, run) => setInterval(() => document.hidden || run(), seconds * 1000);
  let fastUntil = 0;
  every(3, () => { fire("vault:tick-3"); if (now() < fastUntil) fire("vault:refresh"); });
  every(30, () => fire("vault:tick-30"));
  on("visibilitychange", () => { if (!document.hidden) { fire("vault:tick-3"); fire("vault:tick-30"); showAges(); } });
  // What the server says has changed may be counted a moment later in bytes that viewers share: look a few times more.
  on("vault:refresh", (e) => { if (e.target !== document.body) fastUntil = Math.max(fastUntil, now() + 8); });
  const refreshNow = () => { fastUntil = now() + 30; fire("vault:refresh"); };

  // ---- ages: the same words as dashboards/shell/figures.py ----------------------------------------------------------
  const unit = (s) => { for (const [size, name] of [[86400, "d"], [3600, "h"], [60, "min"]]) if (s >= size) return `${Math.floor(s / size)} ${name}`; return `${Math.floor(s)} s`; };
  const span = (s) => { if (s < 9.95) return `${Math.max(s, 0).toFixed(1)} s`; for (const [size, name, small, rest] of [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]]) if (s >= size) { const over = Math.floor((s % size) / small); return `${Math.floor(s / size)} ${name}${over ? ` ${over} ${rest}` : ""}`; } return `${Math.floor(s)} s`; };
  const age = (s) => (s < -1 ? `in ${unit(-s)}` : s < 2 ? "just now" : `${unit(s)} ago`);
  const clock = (at) => new Date(at * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: html.dataset.zone || undefined });
  const moment = (at) => (now() - at < 43200 ? "" : `${new Date(at * 1000).toLocaleDateString("en-GB", { day: "2-digit", month: "short", timeZone: html.dataset.zone || undefined })} `) + clock(at);
  const words = (panel) => (panel.dataset.stale ? `Stale since ${clock(panel.dataset.at)}` : `Updated ${age(now() - panel.dataset.at)}`);
  function put(el, text, stale) { if (!el) return; if (el.textContent !== text) el.textContent = text; el.classList.toggle("stale", Boolean(stale)); }
  function showAges() {
    for (const el of document.querySelectorAll("time[data-ago]")) put(el, age(now() - Date.parse(el.dateTime) / 1000));
    for (const el of document.querySelectorAll("[data-since]")) put(el, span(now() - Date.parse(el.dataset.since) / 1000));
    for (const el of document.querySelectorAll("time[data-clock]")) put(el, moment(Date.parse(el.dateTime) / 1000));
    const panels = [...document.querySelectorAll(".panel[data-at]")];
    for (const panel of panels) {
      put(document.querySelector(`[data-age="${panel.id}"]`), words(panel), panel.dataset.stale);
      const note = panel.querySelector(":scope > [data-stale-note]");
      if (note) { note.hidden = !panel.dataset.stale; put(note, panel.dataset.stale ? words(panel) : "", true); }
    }
    const page = document.querySelector("[data-page-age]");
    const oldest = panels.find((p) => p.dataset.stale) || panels.sort((a, b) => a.dataset.at - b.dataset.at)[0] || page;
    if (page && oldest) put(page, words(oldest), oldest.dataset.stale);
  }
  every(1, showAges);
  showAges();

  // ---- htmx: CSRF header, ETags of panels, every failure visible ----------------------------------------------------
  const cookie = (name) => document.cookie.split("; ").find((c) => c.startsWith(`${name}=`))?.slice(name.length + 1);
  on("htmx:configRequest", (e) => {
    if (e.detail.verb !== "get") e.detail.headers["X-CSRFToken"] = cookie("csrftoken") || "";
    const etag = e.target.matches(".panel") && e.target.dataset.etag;
    if (etag) e.detail.headers["If-None-Match"] = `"${etag}"`;
  });
  on("htmx:beforeSwap", (e) => {
    const { xhr } = e.detail, elt = e.detail.requestConfig.elt;
    if (xhr.status === 304) e.detail.shouldSwap = false;
    if (!elt.matches?.(".panel") || !(xhr.status === 304 || xhr.status === 200)) return;
    elt.dataset.at = xhr.getResponseHeader("X-Vault-At") || now();
    elt.dataset.etag = (xhr.getResponseHeader("ETag") || "").replace(/^W\//, "").replaceAll('"', "");
    delete elt.dataset.stale;
    setTimeout(showAges);
  });
  function failed(e, text) {
    const panel = e.detail.elt?.closest?.(".panel");
    if (panel) { panel.dataset.stale = "1"; showAges(); return; }
    toast(text, "bad");
  }
  on("htmx:responseError", (e) => {
    let title = "";
    try { title = JSON.parse(e.detail.xhr.responseText).title; } catch { /* the body is no problem document */ }
    failed(e, title || `The server answered ${e.detail.xhr.status}. Nothing was changed on this page.`);
  });
  on("htmx:sendError", (e) => failed(e, "Vault cannot be reached. Check the connection and try again."));
  on("htmx:timeout", (e) => failed(e, "Vault took too long to answer. Try again."));
  on("htmx:afterSwap", () => { showAges(); charts(); });

  // ---- toasts ------------------------------------------------------------------------------------------------------
  const sprite = document.querySelector("svg use")?.getAttribute("href").split("#")[0] || "";
  const icon = (name) => { const ns = "http://www.w3.org/2000/svg"; const svg = document.createElementNS(ns, "svg"); svg.setAttribute("class", "icon"); svg.setAttribute("aria-hidden", "true"); svg.append(document.createElementNS(ns, "use")); svg.firstChild.setAttribute("href", `${sprite}#${name}`); return svg; };
  function toast(text, tone) {
    const box = $("toasts"), last = box?.lastElementChild;
    if (!box || last?.querySelector("span")?.textContent === text) return;
    const el = document.createElement("div");
    el.className = `toast ${tone}`;
    el.dataset.toast = "";
    const span = document.createElement("span"), close = document.createElement("button");
    span.textContent = text;
    close.className = "btn icon-only plain";
    close.type = "button";
    close.dataset.closeToast = "";
    close.setAttribute("aria-label", "Close this notice");
    close.append(icon("x"));
    el.append(icon("circle-x"), span, close);
    box.append(el);
  }
  // Good news leaves by itself after 8 s unless somebody is at it; bad news stays until it is closed.
  function expire(el) { if (el.matches("[data-toast]:not(.bad):not(.warn)")) setTimeout(() => (el.matches(":hover, :focus-within") ? expire(el) : el.remove()), 8000); }
  document.querySelectorAll("[data-toast]").forEach(expire);
  new MutationObserver((changes) => changes.forEach((c) => c.addedNodes.forEach((n) => n.nodeType === 1 && n.matches("#toasts > *") && expire(n)))).observe(document.body, { childList: true, subtree: true });

  // ---- theme ---------------------------------------------------------------------------------------------------------
  on("vault:theme", (e) => {
    html.dataset.theme = e.detail.theme;
    for (const b of document.querySelectorAll("#theme-menu button")) b.setAttribute("aria-pressed", String(b.value === e.detail.theme));
    $("theme-menu").hidePopover();
    charts(true);
  });

  // ---- palette: looked up each time, since going back replaces the whole body --------------------------------------
  const options = () => [...document.querySelectorAll("#palette-results a[role=option]")];
  const selected = () => options().findIndex((o) => o.getAttribute("aria-selected") === "true");
  function openPalette(text = "") {
    const palette = $("palette"), input = $("palette-q");
    if (!palette || palette.open) return;
    palette.showModal();
    input.value = text;
    input.dispatchEvent(new Event("vault:palette"));
  }
  function select(index) {
    const all = options(), input = $("palette-q"), chosen = all.length ? all[(index + all.length) % all.length] : null;
    for (const o of all) o.setAttribute("aria-selected", String(o === chosen));
    if (chosen) { input.setAttribute("aria-activedescendant", chosen.id); chosen.scrollIntoView({ block: "nearest" }); } else input.removeAttribute("aria-activedescendant");
  }
  // Whoever types and presses Enter at once means the results of what was typed, not those still shown.
  let shown = null, enterAt = null;
  const go = () => { enterAt = null; options()[selected()]?.click(); };
  on("htmx:afterSwap", (e) => {
    if (e.target.id !== "palette-results") return;
    shown = e.detail.requestConfig.parameters.q;
    select(0);
    say(`${options().length} results`);
    if (enterAt !== null && enterAt === shown) go();
  });
  on("keydown", (e) => {
    if (e.target.id !== "palette-q") return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step) { e.preventDefault(); select(selected() + step); }
    if (e.key === "Enter") { e.preventDefault(); if (shown === e.target.value) go(); else enterAt = e.target.value; }
  });
  on("click", (e) => { if (e.target.id === "palette") e.target.close(); });

  // ---- keys ----------------------------------------------------------------------------------------------------------
  let before = "", beforeAt = 0;
  const typing = (el) => el.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  on("keydown", (e) => {
    if (!("shortcuts" in html.dataset) || e.altKey || e.isComposing) return;
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") { e.preventDefault(); openPalette(); return; }
    if (e.ctrlKey || e.metaKey || typing(e.target) || document.querySelector("dialog[open]")) return;
    const pair = Date.now() - beforeAt < 1200 ? `${before} ${e.key}` : "";
    before = e.key;
    beforeAt = Date.now();
    const goal = pair && document.querySelector(`[data-keys="${CSS.escape(pair).replaceAll("\\ ", " ")}"]`);
    if (goal) { before = ""; location.assign(goal.dataset.href); return; }
    if (e.key === "/") { e.preventDefault(); openPalette(); }
    if (e.key === "?") { e.preventDefault(); $("keys").showModal(); }
    if (e.key === "r" && document.querySelector("[data-refresh]")) refreshNow();
  });

  // ---- clicks --------------------------------------------------------------------------------------------------------
  on("click", (e) => {
    const t = e.target.closest?.("[data-close-toast], [data-refresh], [data-opens-palette], [data-opens-keys], [command]");
    if (!t) return;
    if ("closeToast" in t.dataset) t.closest("[data-toast]").remove();
    if ("refresh" in t.dataset) refreshNow();
    if ("opensPalette" in t.dataset) openPalette(t.value);
    if ("opensKeys" in t.dataset) { $("user-menu").hidePopover(); $("keys").showModal(); }
    if (t.hasAttribute("command") && !("command" in HTMLButtonElement.prototype)) {
      const dialog = $(t.getAttribute("commandfor"));
      if (dialog) t.getAttribute("command") === "close" ? dialog.close() : dialog.showModal();
    }
  });
  on("change", (e) => {
    if (e.target.matches("[data-tick-all]")) for (const box of document.querySelectorAll("#results [name=id]")) box.checked = e.target.checked;
    const chosen = document.querySelector("[data-chosen]");
    if (chosen) chosen.textContent = `${document.querySelectorAll("#results [name=id]:checked").length} chosen`;
  });
  // Browsers without CSS anchor positioning: put an opened menu under its button.
  if (!CSS.supports("position-area: block-end")) document.addEventListener("toggle", (e) => {
    const button = e.newState === "open" && e.target.matches(".menu") && document.querySelector(`[popovertarget="${e.target.id}"]`);
    if (!button) return;
    const box = button.getBoundingClientRect();
    e.target.style.top = `${box.bottom + 4}px`;
    e.target.style.left = `${Math.max(8, box.right - e.target.offsetWidth)}px`;
  }, true);

  // ---- charts: <div class="chart" data-series="ID"> with {{ data|json_script:"ID" }} -----------------------------------
  // data = {x: [unix seconds], series: [{label, values: [number|null], tone?: "accent"|"ok"|"warn"|"bad"|"muted", dash?}], unit?: "%", max?: 100,
  //   span?: draw across gaps, days?: each x is a day in UTC, and this is what it is called, fit?: the scale fits the values and does not begin at 0}
  const drawn = new Map();
  const colour = (name) => { const probe = document.createElement("i"); probe.className = "sr"; probe.style.color = `var(--${name})`; document.body.append(probe); const value = getComputedStyle(probe).color; probe.remove(); return value; };
  const TONES = ["accent", "ok", "warn", "bad", "muted"];
  const short = (v, u) => { if (v == null) return "–"; const step = u === "B" || u === "B/s" ? ["", "k", "M", "G", "T"] : [""]; let i = 0; while (Math.abs(v) >= 1000 && i < step.length - 1) { v /= 1000; i += 1; } const n = Math.abs(v) >= 100 || Number.isInteger(v) ? Math.round(v).toLocaleString("en-GB") : Math.abs(v) < 1 ? +v.toPrecision(2) : v.toFixed(1); return u === "%" ? `${n}%` : `${n} ${step[i]}${u}`.trim(); };
  const around = (low, high) => { const room = Math.max((high - low) * 0.1, Math.abs(high) * 0.005, 0.5); return [low >= 0 ? Math.max(0, low - room) : low - room, high + room]; };
  function draw(el) {
    const data = JSON.parse($(el.dataset.series).textContent), unitName = data.unit || "";
    const line = colour("line"), muted = colour("muted"), hour12 = false;
    const axis = (values, size) => ({ stroke: muted, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif", values, size });
    const zone = (!data.days && html.dataset.zone) || "UTC";
    const at = (s, long) => new Date(s * 1000).toLocaleString("en-GB", { ...(long ? { day: "2-digit", month: "short" } : {}), hour: "2-digit", minute: "2-digit", hour12, timeZone: zone });
    const span = data.x.length ? data.x[data.x.length - 1] - data.x[0] : 0;
    const day = (s, long) => new Date(s * 1000).toLocaleDateString("en-GB", { ...(long || span < 2e7 ? { day: "2-digit" } : {}), month: "short", ...(long || span > 2e7 ? { year: "numeric" } : {}), timeZone: zone });
    const series = data.series.map((s, i) => { const stroke = colour(s.tone || TONES[i % TONES.length]); return { label: s.label, stroke, width: 1.75, dash: s.dash ? [5, 4] : undefined, fill: i === 0 && data.series.length < 3 && !data.fit ? colour("accent-soft") : undefined, points: { show: s.values.filter((v) => v != null).length < 3 }, spanGaps: !!data.span, value: (_, v) => short(v, unitName) }; });
    // Whoever points at nothing is told the newest values.
    const newest = data.series.map((s) => s.values.findLastIndex((v) => v != null));
    const idxs = [Math.max(...newest), ...newest].map((i) => (i < 0 ? null : i));
    const rest = (u) => { if (u.legend.idx == null) u.setLegend({ idxs }, false); };
    const plot = new uPlot({
      hooks: { ready: [rest], setLegend: [rest] },
      width: el.clientWidth, height: Number(el.dataset.height) || 200, cursor: { y: false },
      scales: { x: { time: true }, y: { range: (_, low, high) => (data.max ? [0, data.max] : data.fit && low != null ? around(low, high) : [Math.min(0, low ?? 0), (high || 1) * 1.1]) } },
      axes: [axis((_, ticks) => ticks.map((t) => (span > 172800 ? day(t) : at(t))), 32), axis((_, ticks) => ticks.map((t) => short(t, unitName)), 64)],
      series: [{ label: data.days || "Time", value: (_, v) => (v == null ? "–" : data.days ? day(v, true) : at(v, span > 43200)) }, ...series],
    }, [data.x, ...data.series.map((s) => s.values)], el);
    const observer = new ResizeObserver(() => el.clientWidth && plot.setSize({ width: el.clientWidth, height: plot.height }));
    observer.observe(el);
    drawn.set(el, () => { observer.disconnect(); plot.destroy(); });
  }
  function charts(again) {
    for (const [el, remove] of drawn) if (again || !el.isConnected) { remove(); drawn.delete(el); }
    if (window.uPlot) for (const el of document.querySelectorAll(".chart[data-series]")) if (!drawn.has(el)) draw(el);
  }
  // The picture of a chart: its canvas on the page's colours, with title and legend, since those are no part of the canvas.
  function picture(el, title) {
    const plot = el.querySelector("canvas"), scale = devicePixelRatio || 1, canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    const { series } = JSON.parse($(el.dataset.series).textContent), top = 64 * scale, edge = 16 * scale;
    canvas.width = plot.width + 2 * edge; canvas.height = plot.height + top + edge;
    pen.fillStyle = colour("surface"); pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = colour("text"); pen.font = `600 ${15 * scale}px system-ui, sans-serif`; pen.fillText(title, edge, 26 * scale);
    pen.font = `${12 * scale}px system-ui, sans-serif`;
    let left = edge;
    series.forEach((s, i) => { pen.fillStyle = colour(s.tone || TONES[i % TONES.length]); pen.fillRect(left, 40 * scale, 10 * scale, 10 * scale); pen.fillStyle = colour("muted"); pen.fillText(s.label, left + 15 * scale, 50 * scale); left += pen.measureText(s.label).width + 32 * scale; });
    pen.drawImage(plot, edge, top);
    canvas.toBlob((blob) => { const a = document.createElement("a"); a.href = URL.createObjectURL(blob); a.download = `${el.dataset.series}.png`; a.click(); setTimeout(() => URL.revokeObjectURL(a.href), 10000); });
  }
  on("click", (e) => { const b = e.target.closest?.("[data-png]"); if (b && drawn.has($(b.dataset.png))) picture($(b.dataset.png), b.dataset.title); });
  charts();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts(true));
})();
