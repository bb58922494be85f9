// Mail cannot be sent from here; the class is there for programs that name it.
exports.EmailMessage = class EmailMessage {
  constructor(from, to, raw) {
    Object.assign(this, { from, to });
    Object.defineProperty(this, "raw", { value: raw });
  }
};
