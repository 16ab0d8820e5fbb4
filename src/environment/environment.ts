import type { Limits } from '../run/limits.ts'
import type { Architecture } from '../run/pool.ts'

/** A family of versions, as `environments/<name>/environment.yaml` describes it. */
export interface Family {
  readonly name: string
  readonly title: string
  readonly aliases: readonly string[]
  /** With the dot: `.py`. */
  readonly extensions: readonly string[]
  /** The file name when a client sends one nameless source. */
  readonly main: string
  /** The registry's image, with `{version}` in it: `golang:{version}`. Without it the image is built here and nowhere else. */
  readonly image?: string
  /** Advertised, exact, the default first. Those of the registry's image: there are none without one. */
  readonly versions: readonly string[]
  /** A semver range of versions that may be asked for although they are not advertised. */
  readonly allow?: string
  /**
   * What the Dockerfile in its folder gives: ours on Debian's packages, where no registry can be reached; an operator's (`build`) on
   * whatever it begins with.
   */
  readonly debian?: BuiltVersion
  /** The only one that its images are for. Absent: whichever a worker has. */
  readonly architecture?: Architecture
  readonly recipe: Recipe
  /** Whether a run may bring commands in the place of the recipe's. */
  readonly commands: boolean
  /** Where the family's limits differ from the installation's defaults. */
  readonly limits: Partial<Limits>
  readonly compileLimits: Partial<Limits>
  /** The folder that the family was read from; absolute. */
  readonly folder: string
}

/** What a Dockerfile gives. */
export interface BuiltVersion {
  readonly version: string
  /** Prints what it really gave. Absent: what is declared is taken for true. */
  readonly versionCommand?: readonly string[]
}

/** How a program is compiled and run: argv, never a shell string. Placeholders such as `{main}` stand for the run's files. */
export interface Recipe {
  readonly compile?: readonly string[]
  readonly run: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly preboot?: PrebootRecipe
}

/** That the run's process may be started before its source is there. */
export interface PrebootRecipe {
  /** A semver range of the versions that were found to show no difference. */
  readonly versions: string
  /** What it reads. */
  readonly main: string
  /** Names that it looks for before that: where a run brings one, its process is started plainly. */
  readonly without: readonly string[]
}

/** A family in one exact version, with one way to get its image. */
export interface Environment {
  readonly name: string
  /** Exact. For an image that is built it is what the family declares; the image tells what it really is. */
  readonly version: string
  readonly source: EnvironmentSource
  readonly recipe: Recipe
  readonly extensions: readonly string[]
  /** Where it is there, only the image of this digest will do, wherever the tag or the recipe leads now. `sha256:…` */
  readonly digest?: string
}

export type EnvironmentSource =
  /** A published image, such as `golang:1.16.3`. */
  | { readonly kind: 'registry'; readonly reference: string }
  /** A folder with a Dockerfile, ours on Debian's packages. `versionCommand` prints the version that came out. */
  | { readonly kind: 'debian'; readonly folder: string; readonly versionCommand?: readonly string[] }
