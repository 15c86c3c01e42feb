// Charts that answer to the pointer. Drawn on a canvas: nothing writes styles into the page.
import * as echarts from "echarts/core";
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, ScatterChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const TYPES = { bar: "bar", stacked: "bar", line: "line", points: "scatter" };

function options(data, element) {
  const style = getComputedStyle(element);
  const value = (name) => style.getPropertyValue(name).trim();
  const words = { color: value("--k-text"), fontFamily: style.fontFamily, fontSize: 14 };
  const rightToLeft = document.dir === "rtl";
  const number = new Intl.NumberFormat(document.documentElement.lang, { maximumSignificantDigits: 4 });
  // Isolated, so that it keeps its order among words from right to left.
  const shown = (amount) => (amount == null ? "–" : `\u2066${number.format(amount)} ${data.unit}\u2069`);
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 300,
    textStyle: words,
    aria: { enabled: false, decal: { show: data.series.length > 1 } },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      backgroundColor: value("--k-surface"),
      borderColor: value("--k-line"),
      textStyle: words,
      valueFormatter: shown,
    },
    grid: { left: 16, right: 16, top: 40, bottom: 16, containLabel: true },
    xAxis: {
      type: "category",
      data: data.x,
      inverse: rightToLeft,
      axisLabel: words,
      axisLine: { lineStyle: { color: value("--k-text") } },
      axisTick: { show: false },
    },
    yAxis: {
      type: "value",
      name: data.unit,
      nameTextStyle: words,
      position: rightToLeft ? "right" : "left",
      axisLabel: { ...words, formatter: (amount) => number.format(amount) },
      splitLine: { lineStyle: { color: value("--k-line") } },
    },
    series: data.series.map((one) => ({
      name: one.name,
      type: TYPES[data.form],
      stack: data.form === "stacked" ? "all" : undefined,
      data: one.values,
      itemStyle: { color: one.colour },
      lineStyle: { width: 2.5 },
      symbolSize: 9,
      barMaxWidth: 64,
      emphasis: { focus: data.series.length > 1 ? "series" : "none" },
    })),
  };
}

export async function enliven(canvas) {
  const data = JSON.parse(document.getElementById(canvas.dataset.kChart).textContent);
  if (!data.x.length) return;
  const drawing = canvas.querySelector("svg");
  const view = document.createElement("div");
  view.className = "k-chart__view";
  view.setAttribute("role", "img");
  view.setAttribute("aria-label", drawing.getAttribute("aria-label"));
  canvas.append(view);
  canvas.classList.add("k-chart--live");
  const chart = echarts.init(view, null, { renderer: "canvas" });
  chart.setOption(options(data, canvas));
  new ResizeObserver(() => chart.resize()).observe(view);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart.setOption(options(data, canvas)));
}
