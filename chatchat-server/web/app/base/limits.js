/**
 * How long things may be: for the words about them, the server decides.
 */
export const NAME = { max: 64 };
export const BIO = { max: 500 };
export const DESCRIPTION = { max: 500 };
export const NOTE = { max: 200 };
export const REMARK = { max: 64 };
export const PASSWORD = { min: 8, max: 72 };
