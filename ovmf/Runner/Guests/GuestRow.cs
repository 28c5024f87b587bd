// One guest of the catalogue: what to call it, what it shows, and how it is meant to end.
namespace MinusOne.Ovmf.Runner.Guests;

internal sealed record GuestRow(string Name, string Id, string Sentence, string End);
