/**
 * How high the rows of a list are, and where each begins. The sums stand in a Fenwick tree, so that a height changes,
 * a row's place is told, and the row at a place is found in O(log n).
 */
export class Geometry {
  #count = 0;
  #heights = new Float64Array(64);
  /** At `i`: the sum of the `i & -i` heights up to the `i`th, counted from 1. */
  #tree = new Float64Array(65);

  /** How many rows there are. */
  get count() {
    return this.#count;
  }

  /** How high they are together. */
  get total() {
    return this.offset(this.#count);
  }

  /**
   * How high a row is.
   * @param {number} index
   */
  height(index) {
    return this.#heights[index] ?? 0;
  }

  /**
   * Where a row begins; for the index after the last one, where the last one ends.
   * @param {number} index
   */
  offset(index) {
    let sum = 0;
    for (let node = Math.min(index, this.#count); node > 0; node -= node & -node) sum += this.#tree[node];
    return sum;
  }

  /**
   * The row at a place: the nearest one if the place is beyond either end, -1 if there is none at all.
   * @param {number} y
   */
  indexAt(y) {
    let passed = 0;
    let rest = y;
    for (let step = 2 ** Math.floor(Math.log2(this.#count || 1)); step > 0; step /= 2) {
      const node = passed + step;
      if (node <= this.#count && this.#tree[node] <= rest) {
        rest -= this.#tree[node];
        passed = node;
      }
    }
    return Math.min(passed, this.#count - 1);
  }

  /**
   * Gives a row another height.
   * @param {number} index
   * @param {number} height
   */
  setHeight(index, height) {
    const difference = height - this.#heights[index];
    if (index >= this.#count || difference === 0) return;
    this.#heights[index] = height;
    for (let node = index + 1; node <= this.#count; node += node & -node) this.#tree[node] += difference;
  }

  /**
   * Takes `removed` rows away at `at`, and puts rows of these heights there. What stands before costs nothing.
   * @param {number} at
   * @param {number} removed
   * @param {ArrayLike<number>} added
   */
  splice(at, removed, added) {
    const rest = this.#heights.slice(Math.min(at + removed, this.#count), this.#count);
    this.#count = Math.min(at, this.#count);
    this.#reserve(this.#count + added.length + rest.length);
    for (let i = 0; i < added.length; i += 1) this.#append(added[i]);
    for (let i = 0; i < rest.length; i += 1) this.#append(rest[i]);
  }

  /** @param {number} height */
  #append(height) {
    this.#heights[this.#count] = height;
    this.#count += 1;
    const node = this.#count;
    let sum = height;
    for (let child = node - 1; child > node - (node & -node); child -= child & -child) sum += this.#tree[child];
    this.#tree[node] = sum;
  }

  /** @param {number} count */
  #reserve(count) {
    if (count <= this.#heights.length) return;
    const capacity = Math.max(count, this.#heights.length * 2);
    const [heights, tree] = [new Float64Array(capacity), new Float64Array(capacity + 1)];
    heights.set(this.#heights);
    tree.set(this.#tree);
    [this.#heights, this.#tree] = [heights, tree];
  }
}
