const value = "value";
export { value as "a name" };
const snow = "snow";
export { snow as "☃" };
