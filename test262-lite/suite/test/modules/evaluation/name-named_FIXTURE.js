export default (function named() {});
