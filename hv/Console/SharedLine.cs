// A line of a guest's on its way to a console that guests of several processors share: they print at the same time, and
// each line comes out as one. A line that does not go on is shown as far as it is.
namespace MinusOne.Hv.Console;

internal unsafe struct SharedLine
{
    private const int Size = 128;

    private fixed byte _bytes[Size];
    private int _count;
    private int _seen;

    public void Add(Vm* vm, byte value)
    {
        _bytes[_count++] = value;
        if (value == '\n' || _count == Size)
        {
            Show(vm);
        }
    }

    // Whenever the console is looked at.
    public void Look(Vm* vm)
    {
        if (_count != 0 && _count == _seen)
        {
            Show(vm);
        }

        _seen = _count;
    }

    public void Show(Vm* vm)
    {
        ref HostLock writing = ref ConsoleInput.Of(vm->Machine)->Writing;
        writing.Take();
        for (int i = 0; i < _count; i++)
        {
            LineOwner.Announce(vm, _bytes[i]);
            Host.Put(_bytes[i]);
        }

        writing.Give();
        _count = _seen = 0;
    }
}
