await null;
throw new RangeError("late");
