export let count = 0;
export { count as alias };
export default count;
export function increment() {
  count += 1;
}
