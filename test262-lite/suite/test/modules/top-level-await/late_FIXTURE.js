export const value = await Promise.resolve("value");
export default await Promise.resolve("default");
