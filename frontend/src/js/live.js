// The live map asks for new values while somebody looks at it. Without script, a link does.
const AGAIN_AFTER_FAILURE = 4;

export function keepLive() {
  for (const box of document.querySelectorAll("[data-k-live]")) new Live(box);
}

class Live {
  constructor(box) {
    this.box = box;
    this.seconds = Number(box.dataset.kLiveSeconds) || 30;
    this.etag = "";
    this.timer = null;
    this.said = box.querySelector("[data-k-live-said]");
    this.button = box.querySelector("[data-k-live-pause]");
    this.paused = Boolean(navigator.connection?.saveData);
    this.button.hidden = false;
    this.button.addEventListener("click", () => this.pause(!this.paused));
    box.querySelector("[data-k-live-refresh]").addEventListener("click", (event) => {
      if (this.stale) return; // other things are there: the page itself is fetched anew
      event.preventDefault();
      this.ask(true);
    });
    document.addEventListener("visibilitychange", () => this.plan());
    this.pause(this.paused);
  }

  pause(paused) {
    this.paused = paused;
    this.button.textContent = paused ? this.button.dataset.kOff : this.button.dataset.kOn;
    this.plan();
  }

  // Nothing is asked while the tab is hidden or the reader has paused.
  plan(seconds = this.seconds) {
    clearTimeout(this.timer);
    if (!this.paused && !document.hidden) this.timer = setTimeout(() => this.ask(false), seconds * 1000);
  }

  async ask(wanted) {
    clearTimeout(this.timer);
    try {
      const answer = await fetch(this.box.dataset.kLive, {
        headers: this.etag ? { "If-None-Match": this.etag } : {},
        cache: "no-store",
      });
      if (answer.status === 304) {
        if (wanted) this.say("kSame");
      } else if (answer.ok) {
        const first = !this.etag;
        this.etag = answer.headers.get("ETag") ?? "";
        const changed = this.show(await answer.json());
        if (this.stale) this.say("kMore");
        else if (changed) this.say("kChanged");
        else if (wanted || !first) this.say("kSame");
      } else throw new Error(answer.statusText);
      this.plan();
    } catch {
      this.say("kFailed");
      this.plan(this.seconds * AGAIN_AFTER_FAILURE);
    }
  }

  say(name) {
    const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    const words = this.said.dataset[name].replace("{time}", time);
    if (this.said.textContent !== words) this.said.textContent = words;
  }

  // Only what differs is written, so that nobody who reads or selects is disturbed.
  show(data) {
    const rows = new Map([...this.box.querySelectorAll("[data-k-thing]")].map((row) => [row.dataset.kThing, row]));
    const marks = new Map([...this.box.querySelectorAll("[data-k-mark]")].map((mark) => [mark.dataset.kMark, mark]));
    const labels = new Map([...this.box.querySelectorAll("[data-k-label]")].map((label) => [label.dataset.kLabel, label]));
    this.stale = data.things.length !== marks.size || data.things.some((thing) => !marks.has(thing.id));
    let changed = false;
    for (const thing of data.things) {
      if (rows.has(thing.id)) changed = fill(rows.get(thing.id), thing) || changed;
      if (marks.has(thing.id)) redraw(marks.get(thing.id), thing);
      if (labels.has(thing.id)) labels.get(thing.id).textContent = thing.headline;
    }
    for (const count of this.box.querySelectorAll("[data-k-live-count]")) {
      const now = data.counted.find((each) => each.state === count.dataset.kLiveCount);
      count.textContent = now ? now.number : 0;
    }
    document.dispatchEvent(new CustomEvent("kierto:points", { detail: { points: data.things } }));
    return changed;
  }
}

function fill(row, thing) {
  const list = document.createElement("ul");
  for (const each of thing.readings) {
    const item = document.createElement("li");
    item.append(part("span", each.label, "k-quiet"), " ", part("bdi", each.text));
    if (each.doubt) item.append(" ", part("em", `(${each.doubt})`));
    if (each.late) item.append(" ", part("span", each.late, "k-quiet"));
    list.append(item);
  }
  const readings = row.querySelector("[data-k-readings]");
  const time = row.querySelector("[data-k-when] time");
  const tag = row.querySelector("[data-k-state] .ds-tag");
  const changed = readings.innerHTML !== list.innerHTML || time.textContent !== thing.when || !tag.textContent.includes(thing.stateText);
  if (!changed) return false;
  readings.replaceChildren(...list.childNodes);
  time.dateTime = thing.at;
  time.textContent = thing.when;
  tag.dataset.color = thing.tone;
  tag.replaceChildren(thing.stateText);
  const cell = row.querySelector("[data-k-state]");
  cell.replaceChildren(tag, ...thing.alarms.flatMap((alarm) => [document.createElement("br"), part("span", alarm, "k-quiet")]));
  return true;
}

function redraw(mark, thing) {
  mark.querySelector("use").setAttribute("href", `#k-mark-${thing.state}`);
  mark.querySelector("title").textContent = `${thing.name} – ${thing.told}`;
}

function part(name, words, className) {
  const element = document.createElement(name);
  element.textContent = words;
  if (className) element.className = className;
  return element;
}
