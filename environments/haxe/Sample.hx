using StringTools;

class Sample {
	static function main() {
		final counts = new Map<String, Int>();
		for (word in ~/\s+/g.split(Sys.stdin().readAll().toString().trim())) {
			counts[word] = counts.exists(word) ? counts[word] + 1 : 1;
		}

		final words = [for (word in counts.keys()) word];
		words.sort((a, b) -> counts[a] != counts[b] ? counts[b] - counts[a] : Reflect.compare(a, b));
		for (word in words) Sys.println('${counts[word]} $word');
	}
}
