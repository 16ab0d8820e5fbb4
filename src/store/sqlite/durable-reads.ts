import type {
  KyselyPlugin,
  PluginTransformQueryArgs,
  PluginTransformResultArgs,
  QueryResult,
  RootOperationNode,
  UnknownRow,
} from 'kysely'
import type { CommitSync } from './commit-sync.ts'

/**
 * For what is done outside of transactions: a read resolves when what it may have seen is on disk, so that nobody is told what a power cut
 * can undo; and a write is a durable commit of its own.
 */
export class DurableReads implements KyselyPlugin {
  readonly #commits: CommitSync
  readonly #writes = new WeakSet<object>()

  constructor(commits: CommitSync) {
    this.#commits = commits
  }

  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    if (node.kind !== 'SelectQueryNode') this.#writes.add(queryId)
    return node
  }

  async transformResult({ result, queryId }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    await (this.#writes.has(queryId) ? this.#commits.commit() : this.#commits.settled())
    return result
  }
}
