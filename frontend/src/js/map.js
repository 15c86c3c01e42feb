// The map that can be moved. Background tiles only where the node has named some.
import { base, text } from "./texts.js";
import { point } from "./pointing.js";

const BOW = 0.16;
const STEPS = 24;

let library = null;

async function maplibre() {
  if (!library) {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = new URL("map.css", base);
    document.head.append(sheet);
    library = import(new URL("maplibre/maplibre-gl.js", base).href).then((module) => {
      const map = module.default?.Map ? module.default : module;
      map.setWorkerUrl(new URL("maplibre/maplibre-gl-worker.js", base).href);
      return map;
    });
  }
  return library;
}

function canDraw() {
  return Boolean(document.createElement("canvas").getContext("webgl2"));
}

// A bow to the right of its direction, as in the server's drawing: there and back lie apart.
function bow(from, to) {
  const shrink = Math.cos(((from.lat + to.lat) / 2) * (Math.PI / 180));
  const dx = (to.lon - from.lon) * shrink;
  const dy = to.lat - from.lat;
  const middle = [(from.lon + to.lon) / 2 + (dy * BOW) / shrink, (from.lat + to.lat) / 2 - dx * BOW];
  const spots = [];
  for (let i = 0; i <= STEPS; i += 1) {
    const t = i / STEPS;
    const along = (a, m, b) => (1 - t) ** 2 * a + 2 * t * (1 - t) * m + t ** 2 * b;
    spots.push([along(from.lon, middle[0], to.lon), along(from.lat, middle[1], to.lat)]);
  }
  return spots;
}

function collection(features) {
  return { type: "FeatureCollection", features };
}

function sources(data) {
  const places = Object.fromEntries(data.points.map((one) => [one.id, one]));
  return {
    area: { type: "geojson", data: collection(data.area ? [{ type: "Feature", geometry: data.area, properties: {} }] : []) },
    lines: {
      type: "geojson",
      data: collection(
        data.lines.map((line) => ({
          type: "Feature",
          properties: line,
          geometry: { type: "LineString", coordinates: bow(places[line.from], places[line.to]) },
        })),
      ),
    },
    points: {
      type: "geojson",
      data: collection(
        data.points.map((one) => ({
          type: "Feature",
          properties: one,
          geometry: { type: "Point", coordinates: [one.lon, one.lat] },
        })),
      ),
    },
  };
}

function colours(element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(name).trim();
  return {
    ground: value("--k-surface"),
    text: value("--k-text"),
    full: value("--ds-color-accent-base-default"),
    danger: value("--ds-color-danger-base-default"),
    area: value("--ds-color-accent-surface-tinted"),
    border: value("--ds-color-accent-border-default"),
  };
}

function layers(paint, tiles) {
  const plain = [
    { id: "ground", type: "background", paint: { "background-color": paint.ground } },
    ...(tiles ? [{ id: "tiles", type: "raster", source: "tiles", paint: { "raster-saturation": -0.6, "raster-opacity": 0.7 } }] : []),
    { id: "area", type: "fill", source: "area", paint: { "fill-color": paint.area, "fill-opacity": tiles ? 0.35 : 1 } },
    { id: "border", type: "line", source: "area", paint: { "line-color": paint.border, "line-width": 1.5, "line-dasharray": [4, 3] } },
  ];
  const pointed = ["case", ["boolean", ["get", "quiet"], false], 0.15, 0.85];
  return [
    ...plain,
    {
      id: "lines",
      type: "line",
      source: "lines",
      layout: { "line-cap": "round" },
      paint: { "line-color": ["get", "colour"], "line-width": ["get", "width"], "line-opacity": pointed },
    },
    {
      id: "heads",
      type: "symbol",
      source: "lines",
      layout: {
        "symbol-placement": "line-center",
        "icon-image": "head",
        "icon-size": ["interpolate", ["linear"], ["get", "width"], 1, 0.5, 14, 1.1],
        "icon-allow-overlap": true,
        "icon-rotation-alignment": "map",
      },
    },
    {
      id: "points",
      type: "circle",
      source: "points",
      filter: ["!", ["has", "mark"]],
      paint: { "circle-radius": ["case", [">", ["get", "weight"], 0], 5, 3], "circle-color": paint.ground, "circle-stroke-color": paint.text, "circle-stroke-width": 1.75 },
    },
    {
      id: "marks",
      type: "symbol",
      source: "points",
      filter: ["has", "mark"],
      layout: { "icon-image": ["concat", "mark-", ["get", "mark"]], "icon-allow-overlap": true },
    },
  ];
}

const SIZE = 36;

function picture(draw) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const pen = canvas.getContext("2d");
  draw(pen);
  return pen.getImageData(0, 0, SIZE, SIZE);
}

// States of sensors, in the shapes of the server's drawing: none is told by colour alone.
function mark(state, paint) {
  return picture((pen) => {
    pen.translate(SIZE / 2, SIZE / 2);
    pen.lineWidth = 3;
    pen.strokeStyle = state === "good" || state === "alarm" ? paint.ground : paint.text;
    pen.fillStyle = { good: paint.full, alarm: paint.danger }[state] ?? paint.ground;
    if (state === "stale") pen.setLineDash([6, 5]);
    pen.beginPath();
    if (state === "alarm") {
      pen.moveTo(0, -16);
      pen.lineTo(16, 13);
      pen.lineTo(-16, 13);
      pen.closePath();
    } else {
      pen.arc(0, 0, 12, 0, 2 * Math.PI);
    }
    pen.fill();
    pen.stroke();
    if (state === "doubtful") dot(pen, 0, 5, paint.text);
    if (state === "alarm") {
      pen.fillStyle = paint.ground;
      pen.fillRect(-2, -7, 4, 10);
      dot(pen, 8, 2.4, paint.ground);
    }
  });
}

function dot(pen, y, radius, colour) {
  pen.beginPath();
  pen.arc(0, y, radius, 0, 2 * Math.PI);
  pen.fillStyle = colour;
  pen.fill();
}

// The arrow head is drawn here: no sprite comes from anywhere.
function head(paint) {
  return picture((pen) => {
    pen.beginPath();
    pen.moveTo(SIZE - 4, SIZE / 2);
    pen.lineTo(6, 5);
    pen.lineTo(12, SIZE / 2);
    pen.lineTo(6, SIZE - 5);
    pen.closePath();
    pen.fillStyle = paint.text;
    pen.strokeStyle = paint.ground;
    pen.lineWidth = 3;
    pen.stroke();
    pen.fill();
  });
}

// What the points say has changed: places and names stay.
function renew(map, data, plates, points) {
  const known = new Map(points.map((one) => [one.id, one]));
  for (const one of data.points) {
    const now = known.get(one.id);
    if (!now) continue;
    one.mark = now.state;
    one.label = now.told;
    if (plates.has(one.id)) plates.get(one.id).textContent = now.headline;
  }
  map.getSource("points")?.setData(sources(data).points.data);
}

// Names are page text, not glyphs from a server; they cannot be clicked through to nothing.
function nameplates(gl, map, data) {
  const room = map.getContainer().clientWidth < 640 ? 4 : Infinity;
  const plates = new Map();
  const named = data.points.filter((one) => one.short).sort((a, b) => b.weight - a.weight);
  for (const one of named.slice(0, room)) {
    const element = document.createElement("span");
    element.className = "k-map__label";
    element.textContent = one.short;
    element.setAttribute("aria-hidden", "true");
    new gl.Marker({ element, anchor: "left", offset: [9, 0] }).setLngLat([one.lon, one.lat]).addTo(map);
    plates.set(one.id, element);
  }
  return plates;
}

function bounds(data) {
  const spots = data.points.map((one) => [one.lon, one.lat]);
  const rings = data.area?.type === "MultiPolygon" ? data.area.coordinates.flat() : (data.area?.coordinates ?? []);
  for (const ring of rings) spots.push(...ring);
  const lons = spots.map((spot) => spot[0]);
  const lats = spots.map((spot) => spot[1]);
  return [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]];
}

function words(properties) {
  const box = document.createElement("div");
  const title = document.createElement(properties.href ? "a" : "strong");
  title.textContent = properties.title ?? properties.label;
  if (properties.href) {
    title.href = properties.href;
    title.className = "ds-link";
  }
  box.append(title);
  if (properties.title && properties.label) {
    const more = document.createElement("div");
    more.textContent = properties.label;
    box.append(more);
  }
  return box;
}

function answerToPointer(gl, map, data) {
  const show = (lngLat, properties) =>
    new gl.Popup({ maxWidth: "20rem", closeButton: true }).setLngLat(lngLat).setDOMContent(words(properties)).addTo(map);
  for (const layer of ["points", "marks", "lines"]) {
    map.on("click", layer, (event) => {
      if (event.originalEvent.kiertoShown) return;
      event.originalEvent.kiertoShown = true;
      show(event.lngLat, event.features[0].properties);
    });
  }
  map.on("mousemove", "lines", (event) => {
    map.getCanvas().style.cursor = "pointer";
    point(event.features[0].properties.item);
  });
  map.on("mouseleave", "lines", () => {
    map.getCanvas().style.cursor = "";
    point(null);
  });
  document.addEventListener("kierto:point", (event) => {
    const { item } = event.detail;
    const known = data.lines.some((line) => line.item === item);
    const { lines } = sources({
      ...data,
      lines: data.lines.map((line) => ({ ...line, quiet: known && line.item !== item })),
    });
    map.getSource("lines")?.setData(lines.data);
  });
}

export async function enliven(canvas) {
  const data = JSON.parse(document.getElementById(canvas.dataset.kMap).textContent);
  if (!canDraw() || data.points.length === 0) return;
  const gl = await maplibre();
  const paint = colours(canvas);
  const tiles = canvas.dataset.kTiles;
  const view = document.createElement("div");
  view.className = "k-map__view";
  canvas.append(view);
  canvas.classList.add("k-map--live");
  const title = canvas.getAttribute("aria-label");
  // The map is a region by itself now, with the same name.
  for (const name of ["role", "aria-label", "tabindex"]) canvas.removeAttribute(name);
  const moved = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = new gl.Map({
    container: view,
    style: {
      version: 8,
      sources: { ...sources(data), ...(tiles ? { tiles: { type: "raster", tiles: [tiles], tileSize: 256 } } : {}) },
      layers: layers(paint, tiles),
    },
    bounds: bounds(data),
    fitBoundsOptions: { padding: 48 },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    fadeDuration: moved ? 0 : 150,
    cooperativeGestures: true,
    locale: { "Map.Title": title, "NavigationControl.ZoomIn": text("zoomIn"), "NavigationControl.ZoomOut": text("zoomOut"), "Popup.Close": text("close") },
  });
  map.addControl(new gl.NavigationControl({ showCompass: false }), document.dir === "rtl" ? "top-left" : "top-right");
  map.addControl(new gl.ScaleControl(), document.dir === "rtl" ? "bottom-right" : "bottom-left");
  map.setMissingStyleImageResolver((id) => void map.addImage(id, id.startsWith("mark-") ? mark(id.slice(5), paint) : head(paint), { pixelRatio: 2 }));
  const plates = nameplates(gl, map, data);
  map.on("load", () => answerToPointer(gl, map, data));
  document.addEventListener("kierto:points", (event) => renew(map, data, plates, event.detail.points));
}
