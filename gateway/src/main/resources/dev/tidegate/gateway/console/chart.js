// Charts over time.

import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '/console/components.js';

let library = null;

/** Loads the library of charts once: pages without charts do without it. */
function load() {
  library ||= new Promise((resolve, reject) => {
    const style = document.createElement('link');
    style.rel = 'stylesheet';
    style.href = '/console/vendor/uPlot.css';
    const script = document.createElement('script');
    script.src = '/console/vendor/uPlot.js';
    script.onload = () => resolve(globalThis.uPlot);
    script.onerror = () => reject(new Error('no charts'));
    document.head.append(style, script);
  });
  return library;
}

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/**
 * Lines over time.
 *
 * series: [{name, color: a CSS variable, values}]; times: in ISO 8601
 */
export function Chart({ title, times, series, format, height = 180 }) {
  const frame = useRef(null);
  const [scheme, setScheme] = useState(0);
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const changed = () => setScheme((old) => old + 1);
    dark.addEventListener('change', changed);
    return () => dark.removeEventListener('change', changed);
  }, []);
  useEffect(() => {
    let chart = null;
    let observer = null;
    let gone = false;
    load().then((UPlot) => {
      if (gone || !frame.current) {
        return;
      }
      const axis = { stroke: color('--muted'), grid: { stroke: color('--line'), width: 1 }, ticks: { stroke: color('--line') } };
      chart = new UPlot({
        width: frame.current.clientWidth,
        height,
        legend: { show: false },
        cursor: { drag: { x: false, y: false } },
        axes: [axis, { ...axis, size: 60, values: (_, values) => values.map(format) }],
        scales: { y: { range: (_, low, high) => [0, Math.max(high * 1.05, 1e-9)] } },
        series: [{}, ...series.map((line) => ({
          label: line.name, stroke: color(line.color), width: 1.5, points: { show: times.length < 2 },
          value: (_, value) => format(value),
        }))],
      }, [times.map((at) => new Date(at).getTime() / 1000), ...series.map((line) => line.values)], frame.current);
      observer = new ResizeObserver(() => chart.setSize({ width: frame.current.clientWidth, height }));
      observer.observe(frame.current);
    }).catch(() => {});
    return () => {
      gone = true;
      observer?.disconnect();
      chart?.destroy();
    };
  }, [times, series, scheme]);
  const last = (values) => [...values].reverse().find((value) => value !== null && value !== undefined);
  return html`<figure class="chart">
    <figcaption>${title}
      <ul class="legend">${series.map((line) => html`<li class=${`line${line.color}`}>${line.name} <b>${format(last(line.values))}</b></li>`)}</ul>
    </figcaption>
    <div class="plot" ref=${frame} role="img" aria-label=${`${title}: ${series.map((line) => `${line.name} ${format(last(line.values))}`).join(', ')}`}></div>
  </figure>`;
}
