exports.connect = () => { throw new Error(); };
