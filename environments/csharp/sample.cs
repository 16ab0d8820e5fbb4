using System;
using System.Linq;

class Sample
{
    static void Main()
    {
        var text = Console.In.ReadToEnd();
        var counts =
            from word in text.Split((char[])null, StringSplitOptions.RemoveEmptyEntries)
            group word by word into same
            orderby same.Count() descending, same.Key
            select $"{same.Count()} {same.Key}";

        foreach (var line in counts) Console.WriteLine(line);
    }
}
