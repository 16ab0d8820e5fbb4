import scala.io.Source

object Sample extends App {
  val words = Source.stdin.mkString.split("\\s+").filter(_.nonEmpty)
  val counts = words.groupBy(identity).mapValues(_.length).toSeq
  for ((word, count) <- counts.sortBy { case (word, count) => (-count, word) })
    println(s"$count $word")
}
