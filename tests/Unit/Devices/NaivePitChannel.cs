// A counter of an 8254 that is clocked tick by tick, told after the data sheet's mode definitions. Counts as the guest
// writes them, binary only.
namespace MinusOne.Tests.Unit.Devices;

internal sealed class NaivePitChannel
{
    private readonly int _mode;
    private bool _hasCount;
    private bool _hasLoaded;
    private bool _loadNext;
    private bool _strobeDue;
    private bool _isOdd;

    public NaivePitChannel(int mode, bool output)
    {
        _mode = mode;
        Null = true;
        Output = mode != 0;
        Rose = Output && !output;
    }

    public int Register { get; private set; }

    public int Element { get; set; }

    public bool Output { get; private set; }

    public bool Null { get; private set; }

    public bool Gate { get; set; } = true;

    public bool Rose { get; private set; }

    public void Write(int count)
    {
        Register = count == 0 ? 65536 : count == 1 && _mode is 2 or 3 ? 2 : count;
        Null = true;
        _hasCount = true;
        if (_mode == 0)
        {
            Output = false;
        }

        _loadNext |= _mode is 0 or 4 || (_mode is 2 or 3 && !_hasLoaded);
    }

    public void FirstByte()
    {
        if (_mode == 0)
        {
            Output = _hasLoaded = _loadNext = false;
        }
    }

    public void SetGate(bool gate)
    {
        if (gate && !Gate)
        {
            _loadNext |= _mode is 1 or 5 ? _hasCount : _mode is 2 or 3 && _hasLoaded;
        }

        if (!gate && _mode is 2 or 3)
        {
            Drive(true);
        }

        Gate = gate;
    }

    public void Tick()
    {
        if (_mode >= 4)
        {
            Drive(true);
        }

        if (_loadNext)
        {
            Load();
            _strobeDue = true;
            if (_mode == 1)
            {
                Drive(false);
            }

            return;
        }

        if (!_hasLoaded || (!Gate && _mode != 1 && _mode != 5))
        {
            return;
        }

        switch (_mode)
        {
            case 2:
                Rate();
                break;
            case 3:
                Square();
                break;
            default:
                Element = Element == 0 ? 65535 : Element - 1;
                Zero();
                break;
        }
    }

    public bool TakeRise()
    {
        bool rose = Rose;
        Rose = false;
        return rose;
    }

    private void Zero()
    {
        if (Element == 0 && _mode < 4)
        {
            Drive(true);
        }
        else if (Element == 0 && _strobeDue)
        {
            Drive(false);
            _strobeDue = false;
        }
    }

    private void Rate()
    {
        if (Element == 1)
        {
            Load();
            Drive(true);
            return;
        }

        Element--;
        if (Element == 1)
        {
            Drive(false);
        }
    }

    // Odd counts: one less is loaded, and the high half ends one tick after 0.
    private void Square()
    {
        if (Output && _isOdd ? Element > 0 : Element > 2)
        {
            Element -= 2;
            return;
        }

        Drive(!Output);
        Load();
    }

    private void Load()
    {
        _loadNext = false;
        _hasLoaded = true;
        Null = false;
        Element = Register;
        if (_mode == 3)
        {
            _isOdd = Register % 2 != 0;
            Element -= _isOdd ? 1 : 0;
        }
    }

    private void Drive(bool high)
    {
        Rose |= high && !Output;
        Output = high;
    }
}
