// How far this browser has come in the tour.

const KEY = "row-by-row.tour";
const FRESH = { state: "offered", step: 0, done: [] };
const STATES = ["offered", "declined", "running", "left", "finished"];
let unkept = null; // where the browser keeps nothing

// -> {state, step (from 0), done: the names of the steps that were done}; what is damaged or foreign is as new.
export function remembered(count) {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY)) ?? FRESH;
    const sound = STATES.includes(kept.state) && kept.step >= 0 && kept.step <= count && Array.isArray(kept.done);
    return sound ? { state: kept.state, step: Math.floor(kept.step), done: kept.done.map(String) } : FRESH;
  } catch {
    return unkept ?? FRESH;
  }
}

export function remember(memory) {
  unkept = memory;
  try {
    localStorage.setItem(KEY, JSON.stringify(memory));
  } catch {
    // a browser that keeps nothing: the tour lasts as long as the page
  }
}

// The step, from 0, that the page's address asks for (?tour=3 is the third); null: none, or none any more. A page that
// is loaded anew goes on where the person was, whatever its address still says.
export function askedStep(count) {
  const text = new URL(location.href).searchParams.get("tour");
  const again = performance.getEntriesByType("navigation")[0]?.type === "reload";
  const step = Number(text) - 1;
  const asks = text !== null && Number.isInteger(step) && step >= 0 && step < count;
  if (!asks || again || globalThis.rowByRowTourAsked) return null;
  globalThis.rowByRowTourAsked = true;
  return step;
}
