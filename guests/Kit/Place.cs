// A place in a part of an image: a label that other parts can refer to as well. It may be used before it is marked.

using Iced.Intel;

namespace MinusOne.Guests.Kit;

internal sealed class Place(GuestCode owner, Label label)
{
    private Label _label = label;

    public GuestCode Owner { get; } = owner;

    public ref Label Label => ref _label;

    public static implicit operator Label(Place place) => place._label;
}
