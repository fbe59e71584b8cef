// The theme's colours, which Streamlit hands to an element as custom properties.

// The list that a property such as --st-chart-diverging-colors holds; one entry where it holds a single colour.
export const themeColours = (style, property) => style.getPropertyValue(property).split(",").map((colour) => colour.trim());
