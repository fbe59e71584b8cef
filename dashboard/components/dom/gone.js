// What an element gives Streamlit to call when it goes: called a moment too early, it ends nothing.
//
// Streamlit calls it also where newer data comes before it has seen the answer to the data before: the element is still
// in the page then, and what it made for its node (a chart's zoom, a player's listeners) serves the newer data too.
export function whenGone(place, end) {
  return () => void (place.isConnected || end());
}
