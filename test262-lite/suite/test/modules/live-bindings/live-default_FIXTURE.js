let text = "before";
export const change = () => (text = "after");
export { text as default };
