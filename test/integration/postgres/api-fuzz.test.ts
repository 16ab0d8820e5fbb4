import '../../support/on-postgres.ts'
import '../api-fuzz.test.ts'
