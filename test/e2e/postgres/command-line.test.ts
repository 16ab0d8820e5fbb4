import '../../support/on-postgres.ts'
import '../command-line.test.ts'
