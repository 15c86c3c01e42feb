// Builds style, scripts and fonts into the package's static folder. `--watch` builds on change.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "src", "kierto", "web", "static", "kierto");
const modules = join(here, "node_modules");
const theme = join(modules, ".theme");
const watching = process.argv.includes("--watch");

// The theme's scales come from the seed colours in designsystemet.config.json, contrast checked.
function makeTheme() {
  const tool = join(modules, "@digdir", "designsystemet", "dist", "bin", "designsystemet.js");
  const run = (...words) =>
    execFileSync(process.execPath, [tool, "tokens", ...words], { cwd: here, stdio: ["ignore", "ignore", "inherit"] });
  run("create", "--config", "designsystemet.config.json", "--clean");
  run("build", "--tokens", join(theme, "tokens"), "--out-dir", join(theme, "css"), "--clean");
}

// One voice in every script: Plex Sans, and Plex Sans Arabic beside it.
const FACES = [
  { package: "ibm-plex-sans", subsets: ["latin", "latin-ext", "greek", "cyrillic"], weights: [400, 500, 600, 700] },
  { package: "ibm-plex-sans-arabic", subsets: ["arabic"], weights: [400, 500, 600, 700] },
];

// The package's own style sheets know which characters a file has; only the addresses change.
function makeFonts() {
  mkdirSync(join(out, "fonts"), { recursive: true });
  const rules = [];
  for (const face of FACES) {
    const home = join(modules, "@fontsource", face.package);
    for (const weight of face.weights) {
      const sheet = readFileSync(join(home, `${weight}.css`), "utf8");
      for (const subset of face.subsets) {
        const file = `${face.package}-${subset}-${weight}-normal.woff2`;
        const rule = sheet.match(new RegExp(`@font-face\\s*{[^}]*${file}[^}]*}`));
        if (!rule) throw new Error(`No rule for ${file} in ${face.package}/${weight}.css`);
        rules.push(
          rule[0]
            .replace(/font-family:[^;]+;/, "font-family: 'IBM Plex Sans';")
            .replace(/src:[^;]+;/, `src: url(./fonts/${file}) format('woff2');`),
        );
        cpSync(join(home, "files", file), join(out, "fonts", file));
      }
    }
    cpSync(join(home, "LICENSE"), join(out, "fonts", `${face.package}-LICENSE.txt`));
  }
  writeFileSync(join(theme, "fonts.css"), rules.join("\n"));
}

// Labels are printed as PDF by the server, which reads WOFF but not WOFF2.
function copyLabelFonts() {
  mkdirSync(join(out, "fonts", "labels"), { recursive: true });
  for (const face of FACES) {
    for (const subset of face.subsets) {
      const file = `${face.package}-${subset}-600-normal.woff`;
      cpSync(join(modules, "@fontsource", face.package, "files", file), join(out, "fonts", "labels", file));
    }
  }
}

// MapLibre is an ES module whose worker is a file of its own, so that no code comes from a blob.
function copyMapLibre() {
  const home = join(modules, "maplibre-gl", "dist");
  mkdirSync(join(out, "maplibre"), { recursive: true });
  for (const file of ["maplibre-gl.mjs", "maplibre-gl-shared.mjs", "maplibre-gl-worker.mjs"]) {
    // A .js name: every server knows its type.
    const text = readFileSync(join(home, file), "utf8")
      .replaceAll(/maplibre-gl(-shared|-worker)?\.mjs/g, "maplibre-gl$1.js")
      .replace(/\n?\/\/# sourceMappingURL=.*/, "");
    writeFileSync(join(out, "maplibre", file.replace(".mjs", ".js")), text);
  }
  cpSync(join(home, "..", "LICENSE.txt"), join(out, "maplibre", "LICENSE.txt"));
}

// The server sends these as they are to whoever accepts them.
function compress() {
  for (const file of readdirSync(out, { recursive: true }).sort()) {
    if (!/\.(css|js|svg)$/.test(file)) continue;
    const bytes = readFileSync(join(out, file));
    const packed = brotliCompressSync(bytes);
    writeFileSync(join(out, `${file}.gz`), gzipSync(bytes, { level: 9 }));
    writeFileSync(join(out, `${file}.br`), packed);
    console.log(`${file.padEnd(34)} ${Math.ceil(bytes.length / 1024)} kB, sent as ${Math.ceil(packed.length / 1024)} kB`);
  }
}

const shared = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: ["es2022", "chrome111", "firefox113", "safari16.4"],
  logLevel: "warning",
  legalComments: "linked",
};

const bundles = [
  {
    ...shared,
    entryPoints: { kierto: "src/js/main.js", map: "src/js/map.js", charts: "src/js/charts.js" },
    format: "esm",
    outdir: out,
    external: ["./maplibre/*", "./map.js", "./charts.js"],
  },
  {
    ...shared,
    entryPoints: { kierto: "src/css/main.css", map: "src/css/map.css" },
    outdir: out,
    external: ["./fonts/*"],
  },
];

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
makeTheme();
makeFonts();
copyLabelFonts();
copyMapLibre();
cpSync(join(here, "src", "static"), out, { recursive: true });

if (watching) {
  for (const bundle of bundles) await (await esbuild.context({ ...bundle, logLevel: "info" })).watch();
} else {
  const built = await Promise.all(bundles.map((bundle) => esbuild.build(bundle)));
  if (built.some((one) => one.warnings.length)) throw new Error("The build has warnings; see above.");
  compress();
}
