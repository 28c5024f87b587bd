// One guest of the catalogue: what to call it, what it shows, how it is meant to end, and whether it needs VT-x.
namespace MinusOne.Ovmf.Runner.Guests;

internal sealed record GuestRow(string Name, string Id, string Sentence, string End, string On = "both");
