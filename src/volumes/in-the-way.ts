/** Exit codes by which the scripts tell what is in the way. */
export const inTheWay = {
  /** The staging directory of another restore is there. */
  leftOver: 75,
  /** Something is mounted in the volume, or lies in it on another device; its path is the last line of output. */
  fileSystems: 76,
  notEmpty: 77,
  /** A name on the way to a path is no directory in the volume, so that following it could lead anywhere. */
  notADirectory: 78,
  /** Since a switch was cut off, something was written under the name of what it had moved. */
  writtenSince: 79,
  /** A switch was cut off half way, and something that runs uses the volume by now. */
  inUse: 80,
  /** Something could not be moved aside; what was is back, and the volume as it was. Standard error names it. */
  cannotMove: 81,
} as const
