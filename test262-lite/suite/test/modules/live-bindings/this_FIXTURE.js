export function self() {
  return this;
}
