/** Exit codes by which the scripts tell what is in the way. */
export const inTheWay = {
  /** The staging directory of another restore is there. */
  leftOver: 75,
  /** Other file systems are mounted in the volume. */
  fileSystems: 76,
  notEmpty: 77,
  /** A name on the way to a path is no directory in the volume, so that following it could lead anywhere. */
  notADirectory: 78,
} as const
