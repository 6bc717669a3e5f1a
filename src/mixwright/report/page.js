"use strict";
(() => {
  for (const tools of document.querySelectorAll(".tools")) {
    tools.hidden = false;
    tools.addEventListener("click", (event) => {
      const wish = event.target.dataset.open;
      if (wish === undefined) return;
      for (const group of document.querySelectorAll("details.group")) group.open = wish === "1";
    });
  }

  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let place = target; place; place = place.parentElement) if (place.tagName === "DETAILS") place.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();
  addEventListener("beforeprint", () => {
    for (const group of document.querySelectorAll("details.group")) group.open = true;
  });

  const switcher = document.querySelector(".switcher");
  const Context = window.AudioContext || window.webkitAudioContext;
  if (!switcher || !Context) return;
  const players = [...document.querySelectorAll("audio[data-version]")];
  const buttons = [...switcher.querySelectorAll("[role=radio]")];
  const play = switcher.querySelector(".play");
  const range = switcher.querySelector("input");
  const time = switcher.querySelector(".time");
  const waves = [...switcher.querySelectorAll(".wave")];
  const FADE_S = 0.015;
  let context = null;
  let voices = [];
  let length = 0;
  let chosen = buttons.find((b) => b.getAttribute("aria-checked") === "true").dataset.version;
  let startedAt = 0;
  let offset = 0;
  let playing = false;
  let loading = null;

  const bytes = (address) => {
    const text = atob(address.slice(address.indexOf(",") + 1));
    const out = new Uint8Array(text.length);
    for (let k = 0; k < text.length; k++) out[k] = text.charCodeAt(k);
    return out.buffer;
  };

  const load = async () => {
    context = new Context();
    voices = await Promise.all(
      players.map(async (player) => {
        const gain = context.createGain();
        gain.connect(context.destination);
        const buffer = await context.decodeAudioData(bytes(player.src));
        return { name: player.dataset.version, buffer, gain, node: null };
      }),
    );
    length = Math.min(...voices.map((voice) => voice.buffer.duration));
  };

  const fallBack = () => {
    switcher.hidden = true;
    document.querySelector(".plain").hidden = false;
  };

  const position = () => (playing ? Math.min(offset + context.currentTime - startedAt, length) : offset);

  const stop = () => {
    offset = position();
    for (const voice of voices) {
      if (voice.node) voice.node.stop();
      voice.node = null;
    }
    playing = false;
    show();
  };

  const start = () => {
    if (offset >= length - 0.05) offset = 0;
    startedAt = context.currentTime + 0.02;
    for (const voice of voices) {
      voice.node = context.createBufferSource();
      voice.node.buffer = voice.buffer;
      voice.node.connect(voice.gain);
      voice.gain.gain.value = voice.name === chosen ? 1 : 0;
      voice.node.start(startedAt, offset);
    }
    playing = true;
    show();
    requestAnimationFrame(follow);
  };

  const follow = () => {
    if (!playing) return;
    if (position() >= length) {
      stop();
      offset = 0;
    }
    show();
    if (playing) requestAnimationFrame(follow);
  };

  const show = () => {
    const at = length ? Math.max(position(), 0) : 0;
    if (length) range.value = (1000 * at) / length;
    const whole = Math.floor(at);
    time.textContent = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
    play.textContent = playing ? "Pause" : "Play";
    play.setAttribute("aria-label", play.textContent);
    play.setAttribute("aria-pressed", String(playing));
  };

  const choose = (name) => {
    chosen = name;
    for (const button of buttons) {
      const on = button.dataset.version === name;
      button.setAttribute("aria-checked", String(on));
      button.tabIndex = on ? 0 : -1;
    }
    for (const wave of waves) wave.classList.toggle("on", wave.classList.contains(name));
    for (const voice of voices) {
      voice.gain.gain.cancelScheduledValues(context.currentTime);
      voice.gain.gain.setTargetAtTime(voice.name === name ? 1 : 0, context.currentTime, FADE_S / 3);
    }
  };

  const toggle = async () => {
    try {
      loading = loading || load();
      await loading;
      await context.resume();
    } catch (error) {
      fallBack();
      return;
    }
    if (playing) stop();
    else start();
  };

  play.addEventListener("click", toggle);
  range.addEventListener("input", async () => {
    const wish = range.value / 1000;
    if (!length) {
      try {
        loading = loading || load();
        await loading;
      } catch (error) {
        fallBack();
        return;
      }
    }
    const going = playing;
    if (going) stop();
    offset = wish * length;
    if (going) start();
    else show();
  });
  buttons.forEach((button, number) => {
    button.addEventListener("click", () => choose(button.dataset.version));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = buttons[(number + step + buttons.length) % buttons.length];
      next.focus();
      choose(next.dataset.version);
    });
  });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const number = Number(event.key);
    if (number >= 1 && number <= buttons.length) choose(buttons[number - 1].dataset.version);
    if (event.key === " " && !event.target.closest("button, input, summary, a, audio")) {
      event.preventDefault();
      toggle();
    }
  });

  switcher.hidden = false;
  document.querySelector(".plain").hidden = true;
  choose(chosen);
})();
