// The list for people and for the runner: name, id, sentence, the words of the ends the configurations are meant to
// have, and on which makers' processors it runs.

using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace MinusOne.Guests.Emit;

internal static class CatalogueTable
{
    public static string Make(IEnumerable<Guest> guests)
    {
        var text = new StringBuilder("# name\tid\tsentence\tend\ton\n");
        foreach (Guest guest in guests)
        {
            IEnumerable<string> ends = guest.Configs.Select(config => Word(config.End)).Distinct();
            text.Append($"{guest.Name}\t{guest.Id}\t{guest.Sentence}\t{string.Join(',', ends)}\t"
                + $"{(guest.OnlyVtx.Length == 0 ? "both" : "VT-x")}\n");
        }

        return text.ToString();
    }

    private static string Word(GuestEnd end) => Encoding.ASCII.GetString(GuestEnds.Word(end));
}
